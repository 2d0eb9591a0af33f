// Axis labels may carry markup of others: only a few harmless elements come through, without attributes.

const allowed = new Set([
  "B",
  "I",
  "SUB",
  "SUP",
  "EM",
  "STRONG",
  "H1",
  "H2",
  "H3",
  "BR",
  "SPAN",
  "U",
  "SMALL",
]);
/** Elements whose text is no text for people. */
const dropped = new Set(["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT", "NOSCRIPT", "TITLE"]);

/** The markup as nodes: allowed elements without attributes, of all others only the text. */
export function safeMarkup(markup: string): DocumentFragment {
  // A document made this way has no window: nothing in it loads or runs.
  const parsed = new DOMParser().parseFromString(markup, "text/html");
  const fragment = document.createDocumentFragment();
  copyChildren(parsed.body, fragment);
  return fragment;
}

function copyChildren(from: Node, to: Node): void {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE)
      to.appendChild(document.createTextNode(node.textContent ?? ""));
    if (!(node instanceof Element) && node.nodeType !== Node.ELEMENT_NODE) continue;
    const name = node.nodeName.toUpperCase();
    if (dropped.has(name)) continue;
    if (!allowed.has(name)) {
      copyChildren(node, to);
      continue;
    }
    const element = document.createElement(name);
    copyChildren(node, element);
    to.appendChild(element);
  }
}

const safeProperties = new Set([
  "color",
  "background-color",
  "font-weight",
  "font-style",
  "font-size",
  "font-family",
  "text-decoration",
  "text-transform",
  "letter-spacing",
]);

/** Sets the harmless ones of the declarations of `css` on an element. */
export function applySafeStyle(element: HTMLElement, css: string): void {
  const scratch = document.createElement("span");
  scratch.style.cssText = css;
  for (const name of scratch.style) {
    const value = scratch.style.getPropertyValue(name);
    if (safeProperties.has(name) && !/url\(/i.test(value)) element.style.setProperty(name, value);
  }
}
