/** Times and sizes as a reader says them. All times arrive as unix seconds and are shown in the reader's zone. */

import { currentLanguage, t } from "./texts.js";

const locale = () => (currentLanguage() === "uk" ? "uk-UA" : "en-GB");

export const clockTime = (unix) =>
  new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(unix * 1000);

export const fullTime = (unix) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "long", timeStyle: "medium" }).format(unix * 1000);

/** A key that changes at the reader's midnight. */
export function dayKey(unix) {
  const day = new Date(unix * 1000);
  return `${day.getFullYear()}-${day.getMonth()}-${day.getDate()}`;
}

export function dayTitle(unix) {
  const now = Date.now() / 1000;
  if (dayKey(unix) === dayKey(now)) return t("today");
  if (dayKey(unix) === dayKey(now - 86400)) return t("yesterday");
  const sameYear = new Date(unix * 1000).getFullYear() === new Date().getFullYear();
  const parts = sameYear ? { day: "numeric", month: "long" } : { day: "numeric", month: "long", year: "numeric" };
  return new Intl.DateTimeFormat(locale(), parts).format(unix * 1000);
}

export function fileSize(bytes) {
  if (!Number.isFinite(bytes)) return "";
  const units = currentLanguage() === "uk" ? ["Б", "КБ", "МБ"] : ["B", "KB", "MB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: unit ? 1 : 0 }).format(value)} ${units[unit]}`;
}

export function duration(seconds) {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
