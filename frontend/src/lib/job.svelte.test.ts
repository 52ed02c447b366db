import { expect, it, vi } from 'vitest'
import type { Api } from './api'
import { Job } from './job.svelte'

function api(...answers: object[]): { api: Api; sent: string[] } {
  const sent: string[] = []
  return {
    sent,
    api: {
      send: (method: string, path: string) => (sent.push(`${method} ${path}`), Promise.resolve({ job: 'J' })),
      get: () => Promise.resolve(answers.length > 1 ? answers.shift() : answers[0]),
    } as unknown as Api,
  }
}

it('follows a job to its result', async () => {
  vi.useFakeTimers()
  const { api: a, sent } = api({ state: 'running', done: 3, total: 9 }, { state: 'done', done: 9, total: 9, result: 7 })
  const job = new Job<number>(a)
  const ended = job.start('purge', {}, (v) => v as number)
  await vi.advanceTimersByTimeAsync(10)
  expect([job.state, job.done, job.total]).toEqual(['running', 3, 9])
  await vi.advanceTimersByTimeAsync(400)
  await ended
  expect([job.state, job.result, sent]).toEqual(['done', 7, ['POST purge']])
  vi.useRealTimers()
})

it('says why one failed, and cancels one', async () => {
  const failed = new Job(api({ state: 'failed', error: 'disk full' }).api)
  await failed.start('purge', {}, () => 0)
  expect([failed.state, failed.failure?.message]).toEqual(['failed', 'disk full'])

  const { api: a, sent } = api({ state: 'running' })
  const job = new Job(a)
  void job.start('impact', {}, () => 0)
  await new Promise((resolve) => setTimeout(resolve))
  job.cancel()
  expect([job.state, sent]).toEqual(['cancelled', ['POST impact', 'DELETE jobs/J']])
})
