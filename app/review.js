// A held key is one press, a pin that was not there long enough to be read takes none, nor does a page
// whose server is away, which says so; the fields of a flag and of a comment are ready to be typed in, and
// one that is done with gives the keys back; the time left counts down; a picture that cannot be shown is
// named; a screen reader hears of each new pin, and who goes by Tab stays at the classes.
if (!window.labelingReview) {
  window.labelingReview = true;
  const UNREAD_MS = 400;
  let drawn = { pin: null, at: 0 };
  let byTab = false; // whether the last class was chosen on its button, by keyboard
  const heard = document.createElement("div");
  heard.setAttribute("role", "status");
  Object.assign(heard.style, { position: "fixed", width: "1px", height: "1px", clipPath: "inset(50%)" });
  document.body.append(heard);
  const look = () => {
    const shown = document.querySelector(".pin");
    const pin = shown?.dataset.pin;
    if (!pin || pin === drawn.pin) return;
    drawn = { pin, at: performance.now() };
    heard.textContent = shown.querySelector("h2")?.textContent ?? "";
    if (byTab) document.querySelector(".st-key-classes button")?.focus();
    byTab = false;
  };
  look();

  // When its server is back a page has live keys before the new session knows them, and Streamlit drops
  // what is pressed without a word. So keys are taken again only when that session has drawn the page,
  // and the pin was on its screen for long enough.
  const runs = () => [...document.querySelectorAll(".drawn")].map((node) => node.dataset.run);
  const app = () => document.querySelector(".stApp")?.dataset ?? {};
  const isConnected = () => (app().testConnectionState ?? "CONNECTED") === "CONNECTED";
  const outs = () => [...document.querySelectorAll(".cell.out")].map((cell) => cell.dataset.pin).join();
  const onScreen = () =>
    document.querySelector(".pin")?.dataset.pin ??
    `${document.querySelector('[class*="st-key-class_0_"]')?.className} ${outs()}`;
  let before = null; // the runs that had drawn the page when its server went; null while keys are taken
  let state = "drawn";
  let ready = 0; // the timer after which keys are taken again
  let missed = false; // whether the last press was not taken
  let hadOut = false; // whether pins were taken out of the group when the server went
  let putBack = false; // whether they are in again: a session keeps them, and it went with the server
  let asked = null; // what the last press was on, until something else is shown or a run ended
  let isRunning = false;
  const line = document.createElement("div");
  line.className = "server-line";
  line.setAttribute("role", "status");
  document.body.append(line);
  const say = () => {
    const lost = missed ? " Your last press was not taken." : "";
    const whole = putBack ? " What you took out is in again." : "";
    let text = (lost || whole) && `The server is back.${lost}${whole}`;
    if (before && isConnected()) text = `The server is back, keys work in a moment.${lost}`;
    else if (before) text = `The server is away, keys work again when it is back.${lost}`;
    line.classList.toggle("no-keys", before !== null);
    line.classList.toggle("missed", before === null && (missed || putBack));
    if (line.textContent !== text) line.textContent = text;
  };
  const watch = () => {
    const now = runs();
    let found = "drawn";
    if (!isConnected()) found = "away";
    else if (!now.length) found = "elsewhere"; // a page without keys, or in the midst of being drawn
    else if (before && now.every((run) => before.includes(run))) found = "old";
    if (found === "away" && now.length) {
      before = now;
      hadOut = outs() !== "";
    }
    if (found !== state) {
      state = found;
      clearTimeout(ready);
      const isBack = found === "drawn" || found === "elsewhere";
      if (before && isBack) ready = setTimeout(takeKeys, UNREAD_MS);
    }
    const wasRunning = isRunning;
    isRunning = app().testScriptState === "running";
    if (!before && ((wasRunning && !isRunning) || asked !== onScreen())) asked = null;
    say();
  };
  const takeKeys = () => {
    before = null;
    missed ||= asked !== null && asked === onScreen(); // it went down with the server
    putBack = hadOut && outs() === "";
    say();
  };
  const press = (event, isTaken, isAnswer) => {
    if (isTaken) {
      missed = putBack = false;
      if (isAnswer) asked = onScreen();
    } else {
      event.stopImmediatePropagation();
      event.preventDefault();
      missed ||= before !== null;
    }
    say();
  };
  const isIn = (event, places) => event.target.closest?.(places);
  const WORKING_ON = '[data-testid="stSidebar"] input';
  const WHY = ".st-key-actions input";
  const POPOVER = '[data-testid="stPopoverBody"]';
  // what is typed on would go into the field, and no pin be answered
  const giveBack = () => {
    const field = document.activeElement;
    if (field?.matches(`${WORKING_ON}, ${WHY}`)) field.blur();
  };
  window.addEventListener(
    "keydown",
    (event) => {
      if (isIn(event, `${WORKING_ON}, ${WHY}`) && ["Enter", "Escape"].includes(event.key))
        setTimeout(giveBack);
      const isKey = event.key.length === 1 || event.key === "Enter";
      if (!isKey || event.ctrlKey || event.metaKey || event.altKey) return;
      const submits = event.key === "Enter" && before;
      if (isIn(event, "input, textarea, [contenteditable]") && !submits) return;
      if (isIn(event, `[role="dialog"], ${POPOVER}`) && " Enter".includes(event.key)) return;
      if (document.querySelector(POPOVER)) {
        event.stopImmediatePropagation(); // what is typed beside its field is no answer
        event.preventDefault();
        return;
      }
      const unread = performance.now() - drawn.at < UNREAD_MS && !"uh".includes(event.key);
      press(event, !(before || event.repeat || unread), event.key !== "h");
    },
    true,
  );
  window.addEventListener(
    "click",
    (event) => {
      byTab = event.detail === 0 && Boolean(isIn(event, ".st-key-classes"));
      if (isIn(event, ".st-key-review button, .st-key-bulk button"))
        press(event, !before, !isIn(event, ".st-key-guideline, .st-key-tell, .st-key-overruled"));
      if (isIn(event, '[role="option"]')) setTimeout(giveBack);
    },
    true,
  );
  window.addEventListener(
    "error",
    (event) => {
      if (event.target.matches?.(".previous img")) event.target.remove();
      if (!event.target.matches?.(".pin figure img, .cell figure img")) return;
      const said = document.createElement("div");
      said.className = "no-picture";
      said.textContent = "Its picture cannot be shown";
      event.target.replaceWith(said);
    },
    true,
  );

  let ends = 0;
  const seen = new WeakSet();
  const tick = () => {
    for (const node of document.querySelectorAll(".lease, .lease-renewed")) {
      const key = node.dataset.seconds;
      if (node.seenSeconds !== key) {
        node.seenSeconds = key;
        ends = Date.now() + 1000 * Number(key);
      }
    }
    const shown = document.querySelector(".lease");
    if (!shown || !ends) return;
    const left = Math.round((ends - Date.now()) / 1000);
    const minutes = Math.floor(left / 60);
    const text =
      left > 0
        ? `yours for ${minutes}:${String(left % 60).padStart(2, "0")}`
        : "time is up: someone else may get it";
    if (shown.textContent !== text) shown.textContent = text;
    shown.classList.toggle("late", left <= 60);
  };
  setInterval(tick, 500);
  new MutationObserver(() => {
    look();
    watch();
    const form = '[data-testid="stForm"]';
    const field = document.querySelector(
      `.st-key-review ${form} input[type="text"], ${POPOVER} ${form} textarea`,
    );
    if (field && !seen.has(field)) {
      seen.add(field);
      field.focus();
    }
    tick();
  }).observe(document.body, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-test-connection-state", "data-test-script-state", "data-run"],
  });
}
