// The words of setting up a provider by its key.

export const setupWords = {
  title: 'Add a key',
  provider: 'Provider',
  hasKey: ' (replaces its key)',
  key: 'Key',
  hint: 'paste it here',
  go: 'Save and try it',
  saving: 'saving…',
  where: (folder: string) => `The key stays on this machine, in a file in ${folder} that only you can read; the configuration refers to it.`,
  failed: 'The key was not saved',
  trying: (name: string, last4: string) => `Saved${last4 === '' ? '' : ` (…${last4})`}. Asking ${name} one small question…`,
  works: (name: string, time: string) => `The key works: ${name} answered in ${time}.`,
  refused: (name: string, why: string) => `${name} refuses the key${why}. Paste another one.`,
  unknown: (name: string, why: string) => `The key is saved, but ${name} did not answer, so nobody knows whether it works: ${why}`,
  other: 'For another provider, or one of your own, write it into the configuration:',
  policy: 'Policy',
}
