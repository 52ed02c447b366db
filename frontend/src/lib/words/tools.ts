// The words of the screen of tools.

export const toolWords = {
  lead: (address: string) => `Point a program at ${address} and its light turns on with its first request.`,
  heard: (n: number, of: number) => (n === 0 ? 'None has been heard of since the start.' : `${n} of ${of} have been heard of since the start.`),
  find: 'Find a tool',
  none: 'No tool is called that.',
  lights: { off: 'waiting for its first request', on: 'heard', bad: 'heard, and its last request failed' },
  last: (model: string) => (model === '' ? 'Last request' : `Last request: ${model}`),
  open: 'Look at it',
  copy: (what: string, tool: string) => `Copy: ${what}, ${tool}`,
  into: (file: string) => `into ${file}`,
  empty: 'This strowger does not say which tools it knows.',
}
