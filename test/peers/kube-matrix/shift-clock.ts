/** Loaded before a program (`node --import`): its wall clock is CLOCK_SHIFT_MS milliseconds later than the machine's. */
const shiftMs = Number(process.env.CLOCK_SHIFT_MS ?? 0);
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct(target, values: [], newTarget) {
    return Reflect.construct(target, values.length === 0 ? [target.now() + shiftMs] : values, newTarget);
  },
  apply: (target) => new target(target.now() + shiftMs).toString(),
  get(target, property, receiver) {
    if (property === 'now') return () => target.now() + shiftMs;
    return Reflect.get(target, property, receiver);
  },
});
