// Before anything is painted: the colours and the density that the reader chose, and room for the script's buttons.
// Loaded by every page, so it is short.
document.documentElement.dataset.script = "on its way";
try {
  const site = document.currentScript.src.replace(/static\/early\.js.*/, "");
  for (const name of ["theme", "density"]) {
    const chosen = JSON.parse(localStorage.getItem(site + name));
    if (chosen) document.documentElement.dataset[name] = chosen;
  }
} catch { /* Without storage, everything is as the system says. */ }
