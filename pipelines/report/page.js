"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 34rem)");
  const drawn = [];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
  const compact = new Intl.NumberFormat("en", { notation: "compact" });

  const isSideways = (chart) => chart.kind === "sideways" || (chart.kind === "spans" && narrow.matches);

  const lines = { usePointStyle: true, pointStyle: "line", pointStyleWidth: 32 };

  const dataset = (chart) => (series, position) => {
    const tint = colour(`series-${((chart.tints[position] - 1) % 7) + 1}`);
    const line = chart.kind === "line";
    return {
      label: short(series.label, 40),
      data: series.values,
      backgroundColor: tint,
      borderColor: line ? tint : colour("card"),
      borderWidth: line ? 2 : chart.stacked ? 1 : 0,
      borderDash: line && position > 0 ? [6, 4] : [],
      pointRadius: line ? 2 : 0,
      tension: 0,
      maxBarThickness: 56,
    };
  };

  const scales = (chart) => {
    const sideways = isSideways(chart);
    const upright = chart.kind === "spans" || sideways;
    const names = {
      stacked: chart.stacked,
      grid: { display: false },
      border: { color: colour("line") },
      ticks: {
        color: colour("quiet"),
        autoSkip: !upright,
        autoSkipPadding: 16,
        maxRotation: upright ? 45 : 0,
        callback(value) { return short(this.getLabelForValue(value), sideways && !narrow.matches ? 26 : 20); },
      },
    };
    const values = {
      stacked: chart.stacked,
      beginAtZero: true,
      grid: { color: colour("line") },
      border: { display: false },
      title: { display: true, text: chart.unit, color: colour("quiet") },
      ticks: { color: colour("quiet"), maxTicksLimit: 6, precision: 0, callback: (value) => compact.format(value) },
    };
    return sideways ? { x: values, y: names } : { x: names, y: values };
  };

  const draw = (chart) => new Chart(document.getElementById(`${chart.id}-chart`), {
    type: chart.kind === "line" ? "line" : "bar",
    data: { labels: chart.labels, datasets: chart.series.map(dataset(chart)) },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      indexAxis: isSideways(chart) ? "y" : "x",
      interaction: { mode: "index", intersect: false, axis: isSideways(chart) ? "y" : "x" },
      spanGaps: false,
      scales: scales(chart),
      plugins: {
        legend: { display: chart.series.length > 1, labels: { color: colour("ink"), boxWidth: 14, boxHeight: 14, ...(chart.kind === "line" && lines) } },
        tooltip: {
          callbacks: {
            label: (item) => `${item.dataset.label}: ${item.raw === null ? "–" : number.format(item.raw)} ${chart.unit}`,
          },
        },
      },
    },
  });

  const drawAll = () => {
    while (drawn.length) drawn.pop().destroy();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    drawn.push(...charts.map(draw));
  };

  drawAll();
  dark.addEventListener("change", drawAll);
  narrow.addEventListener("change", drawAll);
})();
