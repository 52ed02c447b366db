import type { Preference } from '../models'

// The words of the screen of models.

const many = (n: number, one: string, more: string): string => `${n.toLocaleString('en')} ${n === 1 ? one : more}`

export const modelWords = {
  headline: (n: number, frontier: string[], used: string, share: string) =>
    `${many(n, 'model', 'models')}${used ? `; ${used} served ${share} of the requests` : ''}. ${frontier.length === 0 ? 'Of none both quality and price are known.' : `No other is both cheaper and better than ${frontier.length > 1 ? `${frontier.slice(0, -1).join(', ')} or ${frontier.at(-1)}` : frontier[0]}.`}`,
  plane: {
    title: 'Quality and price',
    label: 'Models by price and quality',
    hint: 'Further up is better, further left is cheaper, larger is used more. The line joins those that nothing else beats in both.',
    price: 'USD for a million tokens, three read for one written, at the cheapest endpoint',
    quality: 'Quality',
    free: 'free',
    unpriced: 'no price',
    unknown: 'quality not known',
    dot: (id: string, quality: string, price: string, n: number) => `${id}: quality ${quality}, ${price}, ${many(n, 'request', 'requests')}`,
    takes: (levels: string) => `; auto would take it for prompts that are ${levels}`,
    notKnown: 'not known',
    notPriced: 'price not known',
    columns: { model: 'Model', quality: 'Quality', price: 'Price', requests: 'Requests', frontier: 'Best for its price', taken: 'Auto would take it' },
    yes: 'yes',
    no: '–',
  },
  preference: {
    label: 'Preference of auto mode',
    names: { balanced: 'balanced', quality: 'quality', speed: 'speed', cost: 'cost' } as Record<Preference, string>,
    inUse: (name: string) => `${name} is set as the default.`,
    finding: (preference: string, parts: string) => `With auto:${preference}, ${parts}.`,
    part: (model: string, levels: string) => `${model} would take ${levels}`,
    prompts: { easy: 'an easy prompt', middle: 'a medium one', hard: 'a hard one' } as Record<string, string>,
    none: 'nothing can take it now',
    asking: 'Asking the core what it would take…',
    failed: 'What auto would take could not be asked',
    how: 'The core decided three sample prompts as they would be decided now; nothing was sent.',
  },
  auto: {
    title: 'What auto mode took',
    label: 'Decisions of auto mode by category and difficulty',
    category: 'Category',
    difficulties: { easy: 'Easy', middle: 'Medium', hard: 'Hard' } as Record<string, string>,
    all: 'All',
    finding: (n: number, model: string, share: string) => `${many(n, 'request', 'requests')} left the choice to Strowger; ${model} got ${share} of them.`,
    none: 'No request left the choice to Strowger in this time.',
    noneNext: 'Send one with model: "auto", or auto:cost, auto:quality, auto:speed.',
  },
  table: {
    title: 'Models and their endpoints',
    columns: { model: 'Model', quality: 'Quality', requests: 'Requests', first: 'First token p50', spent: 'Spent', endpoint: 'Endpoint', price: 'Input → output', context: 'Context' },
    auto: 'in auto',
    off: 'off',
    unknown: 'unknown',
    free: 'free',
    asOf: (date: string) => `as of ${date}`,
  },
  empty: 'No model is configured.',
  emptyNext: 'Set a provider’s key, such as OPENAI_API_KEY, and start Strowger again: the built-in catalog knows the common models.',
}
