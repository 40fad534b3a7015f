/** Light, dark, or what the viewer's system says; remembered in this browser alone. */
export type Theme = "system" | "light" | "dark";

const KEY = "runwright-theme";

export function theme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system"; // a browser may forbid it
  }
}

export function chooseTheme(chosen: Theme): void {
  try {
    if (chosen === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, chosen);
  } catch {
    // Then it holds until the page is closed.
  }
  showTheme(chosen);
}

export function showTheme(chosen: Theme): void {
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
