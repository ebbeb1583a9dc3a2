/**
 * Puts the files of the dashboard's page where the compiled server reads them, and beside them the plotting
 * library with its licence: `node scripts/assemble-page.js dist`.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const page = join(root, process.argv[2] ?? 'dist', 'observe/dashboard/page')
const uplot = dirname(createRequire(import.meta.url).resolve('uplot/package.json'))

rmSync(page, { recursive: true, force: true })
mkdirSync(page, { recursive: true })
cpSync(join(root, 'src/observe/dashboard/page'), page, { recursive: true })
cpSync(join(uplot, 'dist/uPlot.esm.js'), join(page, 'uplot.js'))
cpSync(join(uplot, 'dist/uPlot.min.css'), join(page, 'uplot.css'))
cpSync(join(uplot, 'LICENSE'), join(page, 'uplot.LICENSE.txt'))
