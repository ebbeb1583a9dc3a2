import { spawn, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { until } from '../kit/until.js'
import { CLI_FILE, environment } from './cli.js'
import { openSocket } from './datagrams.js'

const skip =
  spawnSync('script', ['--version']).status === 0 ? false : 'script (util-linux) is not here'

test('send shows on a terminal what it has sent, while it sends', { skip }, async (t) => {
  const { port } = await openSocket(t)
  const args = `send udp://127.0.0.1:${port} --rate 1000 --count 1000000 --no-pin`
  const command = `exec ${process.execPath} ${CLI_FILE} ${args}`
  const sender = spawn('script', ['-qefc', command, '/dev/null'], {
    env: environment({ TERM: 'xterm-256color', SHELL: '/bin/sh' }),
  })
  t.after(() => sender.kill('SIGKILL'))
  let screen = ''
  sender.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text
  })
  const shown = / datagrams\/s +[1-9]\d* messages in /
  await until('a count of messages is shown', () => shown.test(screen))
  sender.stdin.write('\u0003')
})
