/** The default tests: everything under test/ but the packed package and the planted bugs, which have their own scripts. */
import { configDefaults, defineConfig } from 'vitest/config'
import { adapterEnvironment } from './test/webgpu/adapter.js'

// a loader of Vulkan is looked for when a process begins: those that run the tests begin behind this
Object.assign(process.env, adapterEnvironment())

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    // files are independent and busy: one worker for each core
    maxWorkers: '100%',
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/package/**', 'test/mutants/**', 'test/mutants.test.ts',
      // what is tested on a second adapter only (npm run test:lavapipe)
      ...(process.env['COTANGENT_ADAPTER'] === 'system' ? [] : ['test/webgpu/lavapipe/**'])],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default'],
    coverage: { enabled: false },
  },
})
