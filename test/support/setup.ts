import fc from 'fast-check';

// The same cases at each run, so that a red test is about the change at hand; TEST_SEED=random looks at others.
const seed = process.env.TEST_SEED ?? '20260301';
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
