"use strict";
const { names, functions, points } = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const canvas = at("map"), legend = at("legend"), panel = at("panel"), chosenFunction = at("function");
const HUES = 8, BINS = 5, NEAR = 14, EDGE = 18;
const named = (number) => (number < 0 ? "no label" : names[number]);
const bin = (low) => (value) =>
  value === null ? -1 : Math.max(0, Math.min(BINS - 1, Math.floor(((value - low) / (1 - low)) * BINS)));
const bins = (low) => Array.from({ length: BINS }, (_, n) =>
  [n, n + 1].map((edge) => (low + ((1 - low) * edge) / BINS).toFixed(2)).join(" to "));
const flags = [...new Set(points.flatMap((point) => point.flags))];
const sure = 1 / names.length;
const shades = (number) => `s${number}`;
const hues = (number) => `c${number % HUES}`;
const classes = { names, ink: hues, none: "no label" };
const colourings = {
  label: { ...classes, of: (point) => point.label },
  known: { ...classes, of: (point) => point.known, none: "not known" },
  vote: { ...classes, of: (point) => point.votes[chosenFunction?.value] ?? -1, none: "no vote" },
  confidence: { names: bins(sure), ink: shades, none: "no label", of: (point) => (point.label < 0 ? -1 : bin(sure)(point.confidence)) },
  doubt: { names: bins(0), ink: shades, none: "not judged", of: (point) => bin(0)(point.doubt) },
  flag: { names: flags, ink: hues, none: "nothing", of: (point) => flags.indexOf(point.flags[0]) },
};
let colouring = colourings.label, only = null, hovered = null, chosen = null;
let zoom = 1, left = 0, top_ = 0, side = 0;

const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const inkOf = (number) => ink(number < 0 ? "alone" : colouring.ink(number));
const scale = () => (side - 2 * EDGE) * zoom;
const xOf = (point) => EDGE + (point.x - left) * scale();
const yOf = (point) => EDGE + (1 - point.y - top_) * scale();
const shown = (point) => only === null || colouring.of(point) === only;

function mark(pen, x, y, shape, size) {
  pen.beginPath();
  if (shape === 0) pen.arc(x, y, size, 0, 7);
  else if (shape === 1) pen.rect(x - size, y - size, 2 * size, 2 * size);
  else { pen.moveTo(x, y - 1.4 * size); pen.lineTo(x + 1.3 * size, y + size); pen.lineTo(x - 1.3 * size, y + size); }
  pen.fill();
}

function draw() {
  const pen = canvas.getContext("2d"), dense = devicePixelRatio || 1;
  side = canvas.clientWidth;
  canvas.width = canvas.height = side * dense;
  pen.scale(dense, dense);
  const size = Math.min(7, (points.length > 1000 ? 2.6 : 3.6) * Math.sqrt(zoom));
  for (let number = -1; number < colouring.names.length; number++) {
    pen.fillStyle = inkOf(number);
    for (const point of points) {
      if (colouring.of(point) !== number) continue;
      pen.globalAlpha = shown(point) ? (number < 0 ? 0.55 : 0.85) : 0.06;
      mark(pen, xOf(point), yOf(point), Math.min(2, Math.floor(Math.max(number, 0) / HUES)), size);
    }
  }
  pen.globalAlpha = 1;
  pen.strokeStyle = ink("text");
  for (const point of [hovered, chosen]) {
    if (!point) continue;
    pen.lineWidth = point === chosen ? 2.5 : 1.5;
    pen.beginPath();
    pen.arc(xOf(point), yOf(point), size + 4, 0, 7);
    pen.stroke();
  }
}

/** A new element; what pins say goes in as text, never as HTML. */
function make(tag, kind, text = "") {
  const element = document.createElement(tag);
  element.className = kind;
  element.textContent = text;
  return element;
}
function chip(number) {
  return make("span", `chip ${number < 0 ? "" : hues(number)}`, named(number));
}
function fact(title, ...values) {
  const line = make("p", "fact", `${title} `);
  line.append(...values);
  return line;
}

function tell(point) {
  panel.replaceChildren();
  if (!point) return panel.append(make("p", "soft", "Point at a pin, or walk with the arrow keys."));
  if (point.picture) {
    const picture = make("img", "picture");
    picture.src = point.picture;
    picture.alt = "";
    panel.append(picture);
  }
  const title = make("p", "title", point.title || "(no title)");
  title.dir = "auto";
  panel.append(title, make("p", "name soft", point.pin_id));
  if (point.link) panel.append(make("p", "name soft", point.link));
  panel.append(fact("resolved", chip(point.label), point.label < 0 ? "" : ` ${(point.confidence * 100).toFixed(0)}% sure`));
  panel.append(fact("probe", chip(point.probe)), fact("known", chip(point.known)));
  if (point.doubt !== null) panel.append(fact("doubt", point.doubt.toFixed(2)));
  if (point.flags.length) panel.append(fact("", ...point.flags.map((flag) => make("span", "chip tag", flag))));
  const votes = Object.entries(point.votes).map(([number, vote]) => {
    const shown_ = make("span", `chip vote ${hues(vote)}`);
    shown_.append(make("span", "", functions[number]), " → ", make("b", "", named(vote)));
    return shown_;
  });
  panel.append(fact("", ...(votes.length ? votes : [make("span", "soft", "No function voted.")])));
}

function key(number, name) {
  const count = points.filter((point) => colouring.of(point) === number).length;
  const entry = make("button", "entry");
  const dot = make("span", `dot shape${Math.min(2, Math.floor(Math.max(number, 0) / HUES))}`);
  dot.style.setProperty("--k", `var(--${number < 0 ? "alone" : colouring.ink(number)})`);
  entry.type = "button";
  entry.disabled = !count;
  entry.setAttribute("aria-pressed", String(only === number));
  entry.append(dot, make("span", "what", name), make("span", "soft", count.toLocaleString("en")));
  entry.onclick = () => { only = only === number ? null : number; list(legend.querySelectorAll("button"), entry); };
  return entry;
}
function list(before = [], pressed = null) {
  const place = [...before].indexOf(pressed);
  legend.replaceChildren(...colouring.names.map((name, number) => key(number, name)), key(-1, colouring.none));
  if (place >= 0) legend.children[place].focus();
  draw();
}
function colour() {
  colouring = colourings[document.querySelector("input[name=colour]:checked").value];
  only = null;
  list();
}

function nearest(x, y, among = points, reach = NEAR) {
  let found = null, least = reach * reach;
  for (const point of among) {
    const far = (xOf(point) - x) ** 2 + (yOf(point) - y) ** 2;
    if (far < least && shown(point)) [found, least] = [point, far];
  }
  return found;
}
function choose(point) {
  chosen = point;
  tell(point);
  draw();
}
function magnify(by, x = side / 2, y = side / 2) {
  const before = scale();
  zoom = Math.max(1, Math.min(40, zoom * by));
  left += (x - EDGE) * (1 / before - 1 / scale());
  top_ += (y - EDGE) * (1 / before - 1 / scale());
  if (zoom === 1) left = top_ = 0;
  draw();
}
function walk(dx, dy) {
  const x = chosen ? xOf(chosen) : side / 2, y = chosen ? yOf(chosen) : side / 2;
  const ahead = points.filter((point) => {
    const right = (xOf(point) - x) * dx + (yOf(point) - y) * dy;
    return right > 0.5 && right >= Math.abs((xOf(point) - x) * dy + (yOf(point) - y) * dx);
  });
  choose(nearest(x, y, chosen ? ahead : points, Infinity) ?? chosen);
}

let grip = null;
canvas.onpointerdown = (event) => { grip = { x: event.offsetX, y: event.offsetY, moved: false }; canvas.setPointerCapture(event.pointerId); };
canvas.onpointermove = (event) => {
  if (grip && zoom > 1 && Math.hypot(event.offsetX - grip.x, event.offsetY - grip.y) > (grip.moved ? 0 : 4)) {
    left -= (event.offsetX - grip.x) / scale();
    top_ -= (event.offsetY - grip.y) / scale();
    grip = { x: event.offsetX, y: event.offsetY, moved: true };
    return draw();
  }
  const found = nearest(event.offsetX, event.offsetY);
  if (found === hovered) return;
  hovered = found;
  tell(hovered ?? chosen);
  draw();
};
canvas.onpointerup = (event) => { if (!grip?.moved) choose(nearest(event.offsetX, event.offsetY)); grip = null; };
canvas.onpointerleave = () => { hovered = null; tell(chosen); draw(); };
canvas.ondblclick = (event) => magnify(2, event.offsetX, event.offsetY);
canvas.onkeydown = (event) => {
  const keys = {
    ArrowLeft: () => walk(-1, 0), ArrowRight: () => walk(1, 0), ArrowUp: () => walk(0, -1), ArrowDown: () => walk(0, 1),
    "+": () => magnify(1.5), "-": () => magnify(1 / 1.5), Escape: () => choose(null),
  };
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
};
at("in").onclick = () => magnify(1.5);
at("out").onclick = () => magnify(1 / 1.5);
at("whole").onclick = () => magnify(0);
for (const radio of document.querySelectorAll("input[name=colour]")) radio.onchange = colour;
if (chosenFunction) chosenFunction.onchange = () => { at("by-vote").checked = true; colour(); };
matchMedia("(prefers-color-scheme: dark)").onchange = draw;
new ResizeObserver(draw).observe(canvas);
tell(null);
colour();
