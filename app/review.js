// A held key is one press, a pin that was not there long enough to be read takes none, the field of
// a flag is ready to be typed in, the time left counts down.
if (!window.labelingReview) {
  window.labelingReview = true;
  let drawn = { pin: null, at: 0 };
  const look = () => {
    const pin = document.querySelector(".pin")?.dataset.pin;
    if (pin && pin !== drawn.pin) drawn = { pin, at: performance.now() };
  };
  look();
  const typing = (event) => event.target.closest?.("input, textarea, [contenteditable]");
  window.addEventListener(
    "keydown",
    (event) => {
      const isKey = event.key.length === 1 || event.key === "Enter";
      const unread = performance.now() - drawn.at < 400 && !"uh".includes(event.key);
      if (isKey && (event.repeat || unread) && !typing(event)) {
        event.stopImmediatePropagation();
        event.preventDefault();
      }
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
    const field = document.querySelector('[data-testid="stForm"] input[type="text"]');
    const form = field?.closest('[data-testid="stForm"]');
    if (field && form && !seen.has(field) && form.closest(".st-key-review")) {
      seen.add(field);
      field.focus();
    }
    tick();
  }).observe(document.body, { childList: true, subtree: true });
}
