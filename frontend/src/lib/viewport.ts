// Only the rows in sight are in the document. All rows have one height, so this is arithmetic.

export interface Slice {
  from: number
  to: number
  above: number
  below: number
}

/** So many rows are drawn above and below those in sight. */
export const OVERSCAN = 4

export function sliceOf(count: number, rowHeight: number, top: number, height: number): Slice {
  const first = Math.floor(Math.max(0, top) / rowHeight) - OVERSCAN
  const last = Math.ceil((Math.max(0, top) + height) / rowHeight) + OVERSCAN
  const to = Math.min(count, Math.max(0, last))
  const from = Math.min(to, Math.max(0, first))
  return { from, to, above: from * rowHeight, below: (count - to) * rowHeight }
}

/** scrollToShow is the nearest scroll position that shows the row whole. */
export function scrollToShow(index: number, rowHeight: number, top: number, height: number): number {
  const start = index * rowHeight
  if (start < top) return start
  if (start + rowHeight > top + height) return start + rowHeight - height
  return top
}

/** step moves a cursor by one and stays inside; without a cursor it enters at the top. */
export function step(index: number, by: 1 | -1, count: number): number {
  if (count === 0) return -1
  if (index < 0) return 0
  return Math.min(count - 1, Math.max(0, index + by))
}
