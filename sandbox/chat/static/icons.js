/** Line icons drawn here, 24 × 24, one path each. */

const PATHS = {
  send: "M5 12 3.5 4.6c-.2-.9.7-1.6 1.5-1.2l15.6 7.7c.8.4.8 1.5 0 1.9L5 20.6c-.8.4-1.7-.3-1.5-1.2L5 12Zm0 0h7",
  attach: "m20 11-8.2 8.2a5 5 0 0 1-7-7l8.5-8.6a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.3L15 6.6",
  command: "M7.5 4h9A3.5 3.5 0 0 1 20 7.5v9a3.5 3.5 0 0 1-3.5 3.5h-9A3.5 3.5 0 0 1 4 16.5v-9A3.5 3.5 0 0 1 7.5 4ZM10 16l4-8",
  close: "M6 6l12 12M18 6 6 18",
  reply: "M10 6 4 12l6 6M4.5 12H14a6 6 0 0 1 6 6v1",
  edit: "M4 20h4L19 9l-4-4L4 16v4ZM13 7l4 4",
  copy: "M9 9h11v11H9ZM15 9V4H4v11h5",
  down: "M6 9.5 12 15.5l6-6",
  up: "M6 14.5 12 8.5l6 6",
  open: "M9 6H5v13h13v-4M13 4h7v7M20 4 10.5 13.5",
  menu: "M4 7h16M4 12h16M4 17h16",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z",
  auto: "M12 3.5a8.5 8.5 0 1 0 0 17Zm0 0a8.5 8.5 0 0 1 0 17",
  key: "M14.5 4a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM10.6 13.4 4 20v0h3v-2.5h2.5V15M16 8v.01",
  pin: "M9 4h6l-.7 6 3.7 3.5H6L9.7 10 9 4ZM12 13.5V20",
  file: "M6 3h8l5 5v13H6ZM14 3v5h5",
  download: "M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14",
  image: "M4 5h16v14H4ZM4 16l5-5 4 4 2.5-2.5L20 17M15.5 9v.01",
  play: "M8 5.5v13l10.5-6.5Z",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  mic: "M12 4a2.5 2.5 0 0 0-2.5 2.5V12a2.5 2.5 0 0 0 5 0V6.5A2.5 2.5 0 0 0 12 4ZM6 11.5a6 6 0 0 0 12 0M12 17.5V21",
  stop: "M7 7h10v10H7Z",
  keyboard: "M3 6.5h18v11H3ZM7 10.5h.01M10.5 10.5h.01M14 10.5h.01M17.5 10.5h.01M8 14h8",
  retry: "M19.5 12A7.5 7.5 0 1 1 17 6.4L19.5 8.5M19.5 4v4.5H15",
  smile: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM8.5 14c1.7 2.3 5.3 2.3 7 0M9 9.5v.01M15 9.5v.01",
  briefcase: "M4 8h16v11H4ZM9 8V5h6v3M4 13h16",
  phone: "M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3ZM11 18h2",
  mail: "M4 6h16v12H4ZM4 7l8 6 8-6",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  plus: "M12 5v14M5 12h14",
  app: "M4 5h16v14H4ZM4 9h16M7 7h.01",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 8v4.5l3 1.5",
  sent: "M5 12.5 10 17.5 19 7.5",
  read: "M2.5 12.5 7 17.5 15.5 7.5M11.5 16.5l1 1L21.5 7.5",
  warn: "M12 4 2.5 20h19ZM12 10v4.5M12 17.3v.01",
};

const SVG = "http://www.w3.org/2000/svg";

/** An icon that says nothing to a screen reader: the button around it carries the label. */
export function icon(name, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({
    viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", focusable: "false", class: `icon icon-${name}`,
  })) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
