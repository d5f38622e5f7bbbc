/**
 * Prometheus' text format as OpenMetrics 1.0, in which a counter's family has no `_total`, no line is empty, and the
 * end is said. prom-client can write it too, but renames its counters for good when it does.
 */
export function openMetricsOf(prometheusText: string): string {
  const counters = new Set(prometheusText.match(/(?<=^# TYPE )\S+_total(?= counter$)/gm));
  const lines = prometheusText.split('\n').filter((line) => line !== '');
  const named = lines.map((line) =>
    line.replace(/^# (HELP|TYPE) (\S+)/, (whole, keyword, name) =>
      counters.has(name) ? `# ${keyword} ${name.slice(0, -'_total'.length)}` : whole,
    ),
  );
  return `${[...named, '# EOF'].join('\n')}\n`;
}
