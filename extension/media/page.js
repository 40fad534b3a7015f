// The script of a page: draws the blocks that the extension sends. Texts are set as texts, so nothing that a runbook or a machine wrote becomes HTML.
// What hasn't changed stays as it is: focus, selection and scroll position outlive an update.
(() => {
  const editor = acquireVsCodeApi();
  const page = document.getElementById("page");
  const shown = new Map();

  const element = (name, { text, ...attributes } = {}, children = []) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    made.append(...children);
    return made;
  };

  const DRAW = {
    heading: ({ level, text }) => element(`h${level}`, { text }),
    status: ({ text, tone }) => element("p", { text, role: "status", class: `status ${tone}` }),
    facts: ({ rows }) =>
      element(
        "dl",
        {},
        rows.flatMap(([name, value]) => (value === "" ? [] : [element("dt", { text: name }), element("dd", { text: value })])),
      ),
    progress({ label, fraction, text, tone }) {
      const bar = element("progress", { max: "1", value: String(fraction), "aria-label": `${label}: ${text}`, class: tone });
      return element("div", { class: "progress" }, [
        element("span", { text: label }),
        bar,
        element("span", { text: `${Math.round(fraction * 100)} %` }),
        element("span", { text }),
      ]);
    },
    table({ caption, heads, rows }) {
      const head = element(
        "tr",
        {},
        heads.map((text) => element("th", { text, scope: "col" })),
      );
      const body = rows.map(({ cells, tone }) =>
        element(
          "tr",
          { class: tone ?? "plain" },
          cells.map((text) => element("td", { text })),
        ),
      );
      const table = element("table", {}, [element("caption", { text: caption }), element("thead", {}, [head]), element("tbody", {}, body)]);
      // Wide ones are scrolled by keyboard, too.
      return element(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
        rows.length === 0 ? [element("p", { text: caption })] : [table],
      );
    },
    buttons({ buttons }) {
      const made = buttons.map(({ label, command, argument, isMain }) => {
        const button = element("button", { text: label, type: "button", class: isMain ? "main" : "other" });
        button.addEventListener("click", () => editor.postMessage(`${command} ${argument}`));
        return button;
      });
      return element("div", { class: "buttons", role: "group", "aria-label": "Actions" }, made);
    },
  };

  function draw({ blocks }) {
    const wanted = new Set(blocks.map(({ id }) => id));
    for (const [id, { node }] of shown) {
      if (wanted.has(id)) continue;
      node.remove();
      shown.delete(id);
    }
    let before = null;
    for (const block of blocks) {
      const text = JSON.stringify(block);
      const known = shown.get(block.id);
      let node = known?.node;
      if (known?.text !== text) {
        const made = DRAW[block.kind](block);
        if (node) {
          made.scrollTop = node.scrollTop;
          node.replaceWith(made);
        }
        node = made;
        shown.set(block.id, { text, node });
      }
      const place = before === null ? page.firstChild : before.nextSibling;
      if (place !== node) page.insertBefore(node, place);
      before = node;
    }
    page.setAttribute("aria-busy", "false");
  }

  window.addEventListener("message", ({ data }) => draw(data));
  // What the page is about, with which it comes back when the window is loaded again; its content is sent anew.
  editor.setState(JSON.parse(page.dataset.address));
  editor.postMessage("ready");
})();
