const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' }, experimental: { keepImportAssertions: true } },
        module: { type: 'es6' },
      },
    ],
  },
};

export default {
  // Only ends hangs: on a slow and busy machine real tools may take minutes. Jest has no such limit per project.
  testTimeout: 600_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
    { ...shared, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.test.ts'] },
    { ...shared, displayName: 'cases', testMatch: ['<rootDir>/test/cases/**/*.test.ts'] },
    { ...shared, displayName: 'faults', testMatch: ['<rootDir>/test/faults/**/*.test.ts'] },
    { ...shared, displayName: 'minio', testMatch: ['<rootDir>/test/minio/**/*.test.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
    { ...shared, displayName: 'packages', testMatch: ['<rootDir>/test/packages/**/*.test.ts'] },
    { ...shared, displayName: 'kvm', testMatch: ['<rootDir>/test/e2e/kvm/*.kvm.ts'] },
  ],
};
