// Day: when a sitting began, as it is read.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "20 Nov 2026, 14:04" of a moment in ISO 8601, by the clock that it was written with. */
export function day(at) {
  const [year, month, date] = at.slice(0, 10).split("-");
  return `${Number(date)} ${MONTHS[Number(month) - 1]} ${year}, ${at.slice(11, 16)}`;
}
