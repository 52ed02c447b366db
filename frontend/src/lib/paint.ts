// Colours for a canvas, which knows neither tokens nor light-dark().

/** paint is what a token comes to at an element: `rgb(…)`. */
export function paint(at: Element, token: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  probe.hidden = true
  at.append(probe)
  const colour = getComputedStyle(probe).color
  probe.remove()
  return colour
}

/** faded is such a colour with an alpha from 0 to 1. */
export const faded = (colour: string, alpha: number): string => colour.replace(/^rgba?\(([^)]+?)\)$/, (_, parts: string) => `rgba(${parts.split(',').slice(0, 3).join(',')}, ${alpha})`)
