// Loaded before the first paint and not as a module: otherwise a dark screen would flash white.
(() => {
  let chosen = "auto";
  try {
    chosen = JSON.parse(localStorage.getItem("sandbox-chat:theme")) ?? "auto";
  } catch {
    // Without storage the system's choice holds.
  }
  document.documentElement.dataset.theme = chosen;
})();
