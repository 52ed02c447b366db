import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { faded, paint } from './paint'
import { alone, stack, tickText, type Line, type Mark } from './series'

// The canvas of a time series. This module is loaded with the first chart that is shown.

export interface PlotOptions {
  at: number[]
  lines: Line[]
  /** Unix seconds that the axis reaches from and to, even where there is nothing. */
  from?: number | undefined
  to?: number | undefined
  format: (value: number) => string
  /** The lower and the upper line of a band. */
  band?: [number, number] | undefined
  stacked?: boolean | undefined
  bars?: boolean | undefined
  marks?: Mark[] | undefined
  now?: boolean | undefined
  height: number
  onhover: (index: number | null) => void
  /** A span was drawn with the mouse; milliseconds since 1970. */
  onrange?: ((from: number, to: number) => void) | undefined
}

export interface Plot {
  /** Other values of the same lines; what is being drawn or pointed at stays. */
  update(o: PlotOptions): void
  resize(width: number): void
  close(): void
}

const FONT = '11px system-ui, sans-serif'
/** A click is no span. */
const LEAST_DRAG = 6

/** The lines as they lie upon each other. */
const drawnOf = (o: PlotOptions): Line[] => (o.stacked ? stack(o.lines).reverse() : o.lines).filter((l) => !l.hidden)
const dataOf = (o: PlotOptions): uPlot.AlignedData => [o.at, ...drawnOf(o).map((l) => l.values)]

export function plot(box: HTMLElement, first: PlotOptions): Plot {
  let o = first
  const colours = { grid: paint(box, '--grid'), text: paint(box, '--muted'), bad: paint(box, '--bad'), now: paint(box, '--accent') }
  // What lies on top of a stack is drawn first, so that what is below covers it.
  const drawn = drawnOf(o)
  const chart = new uPlot(
    {
      width: Math.max(120, box.clientWidth),
      height: o.height,
      legend: { show: false },
      padding: [10, 20, 0, 0],
      scales: {
        x: { time: true, range: (_, min, max) => [o.from ?? min, o.to ?? Math.max(max, min + 1)] },
        y: { range: (_, min, max) => [Math.min(0, min ?? 0), max > 0 ? max * 1.12 : 1] },
      },
      cursor: {
        drag: { x: o.onrange !== undefined, y: false, setScale: false, dist: LEAST_DRAG },
        points: { show: !o.bars, size: 7 },
        y: false,
      },
      axes: [axis(colours, 24, (_, splits, __, ___, step) => splits.map((s) => tickText(s, step))), axis(colours, 62, (_, splits) => once(splits.map((v) => o.format(v))))],
      series: [{}, ...drawn.map((line) => seriesOf(box, line, o))],
      ...(o.band ? { bands: [{ series: [o.band[1] + 1, o.band[0] + 1] as [number, number], fill: faded(paint(box, drawn[o.band[0]]?.token ?? '--series-1'), 0.16) }] } : {}),
      hooks: {
        draw: [(u) => overlay(u, o, colours)],
        setCursor: [(u) => o.onhover(u.cursor.idx ?? null)],
        setSelect: [(u) => select(u, o)],
      },
    },
    dataOf(o),
    box,
  )
  return {
    update: (next) => chart.setData(dataOf((o = next))),
    resize: (width) => chart.setSize({ width: Math.max(120, width), height: o.height }),
    close: () => chart.destroy(),
  }
}

type Colours = Record<'grid' | 'text' | 'bad' | 'now', string>

function axis(colours: Colours, size: number, values: uPlot.Axis.DynamicValues): uPlot.Axis {
  const thin = { stroke: colours.grid, width: 1 }
  return { stroke: colours.text, font: FONT, grid: thin, ticks: { show: false }, size, gap: 6, values }
}

/** A fine scale has several values that are written alike. */
const once = (texts: string[]): string[] => texts.map((text, i) => (text === texts[i - 1] ? '' : text))

function seriesOf(box: HTMLElement, line: Line, o: PlotOptions): uPlot.Series {
  const colour = paint(box, line.token)
  const bars = uPlot.paths.bars
  const filled = o.bars || o.stacked
  return {
    label: line.name,
    stroke: colour,
    width: o.bars ? 0 : 1.75,
    spanGaps: false,
    // A line needs two neighbours: a value that stands alone is a point.
    points: { show: false, size: 6, fill: colour, filter: o.bars ? null : alone(line.values) },
    ...(line.dash ? { dash: [5, 4] } : {}),
    ...(filled ? { fill: colour } : {}),
    ...(o.bars && bars ? { paths: bars({ size: [0.7, 48] }) } : {}),
  }
}

/** Marks at the top, and a line for now. */
function overlay(u: uPlot, o: PlotOptions, colours: Colours): void {
  const { ctx, bbox } = u
  const unit = devicePixelRatio
  const within = (x: number) => x >= bbox.left && x <= bbox.left + bbox.width
  ctx.save()
  ctx.setLineDash([])
  ctx.lineWidth = 1.75 * unit
  ctx.strokeStyle = colours.bad
  for (const mark of o.marks ?? []) {
    const x = u.valToPos(mark.at, 'x', true)
    const y = bbox.top + 7 * unit
    if (!within(x)) continue
    const r = 3.5 * unit
    ctx.beginPath()
    ctx.moveTo(x - r, y - r)
    ctx.lineTo(x + r, y + r)
    ctx.moveTo(x + r, y - r)
    ctx.lineTo(x - r, y + r)
    ctx.stroke()
  }
  const x = u.valToPos(Date.now() / 1000, 'x', true)
  if (o.now && within(x)) {
    ctx.strokeStyle = colours.now
    ctx.setLineDash([3 * unit, 3 * unit])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}

function select(u: uPlot, o: PlotOptions): void {
  const { left, width } = u.select
  if (width < LEAST_DRAG) return
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  o.onrange?.(u.posToVal(left, 'x') * 1000, u.posToVal(left + width, 'x') * 1000)
}
