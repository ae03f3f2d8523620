// Draws each figure from the cells of its own table; without this the table stands alone.
"use strict";

(() => {
  const style = getComputedStyle(document.documentElement);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const palettes = {
    light: ["#0b3fb3", "#b3421d", "#0a6b3d", "#7a3db8", "#8a6d00", "#00707a", "#5f6773"],
    dark: ["#8ab4ff", "#ffab8a", "#6fd6a0", "#d3a8ff", "#f2cf63", "#6fd9e3", "#b4bfcd"],
  };
  const dashes = [[], [6, 4], [2, 3], [10, 3, 2, 3]];
  const points = ["circle", "rect", "triangle", "rectRot", "cross", "star", "dash"];
  const language = document.documentElement.lang;
  const name = (variable, fallback) => style.getPropertyValue(variable).trim() || fallback;

  const dates = new Intl.DateTimeFormat(language, { year: "numeric", month: "short", timeZone: "UTC" });

  function columns(figure) {
    const heads = [...figure.querySelectorAll("thead th")];
    const rows = [...figure.querySelectorAll("tbody tr")];
    if (figure.dataset.shape !== "kinds") rows.reverse();
    const drawn = heads
      .map((head, at) => ({ label: head.dataset.line, at }))
      .filter((column) => column.label);
    return {
      labels: rows.map((row) => row.cells[0].textContent.trim()),
      days: rows.map((row) => Date.parse(row.dataset.day)),
      lines: drawn.map(({ label, at }) => ({
        label,
        cells: rows.map((row) => row.cells[at].querySelector("data")),
      })),
    };
  }

  const number = (text) => (text === undefined || text === "" ? null : Number(text));

  function lineSets(table, colours) {
    const sets = table.lines.map(({ label, cells }, at) => ({
      label,
      data: cells.map((cell, row) => ({ x: table.days[row], y: cell ? number(cell.value) : null })),
      borderColor: colours[at % colours.length],
      backgroundColor: colours[at % colours.length],
      borderDash: dashes[at % dashes.length],
      pointStyle: points[at % points.length],
      pointRadius: cells.length > 120 ? 0 : 3,
      pointHitRadius: 10,
      borderWidth: 2,
      spanGaps: true,
    }));
    const cells = table.lines[0].cells;
    const grey = name("--ink-soft", "#4a5666");
    for (const [end, fill] of [["low", false], ["high", "-1"]]) {
      const limits = cells.map((cell, row) => ({ x: table.days[row], y: cell ? number(cell.dataset[end]) : null }));
      if (limits.some((each) => each.y !== null)) {
        sets.push({
          label: "",
          data: limits,
          borderColor: grey,
          borderDash: [3, 3],
          borderWidth: 1,
          pointRadius: 0,
          pointHitRadius: 0,
          spanGaps: true,
          fill: fill && sets.at(-1).label === "" ? fill : false,
          backgroundColor: dark.matches ? "rgba(180,191,205,0.16)" : "rgba(74,86,102,0.12)",
        });
      }
    }
    return sets;
  }

  function barSets(table, colours) {
    return table.lines.map(({ label, cells }, at) => ({
      label,
      data: cells.map((cell) => (cell ? number(cell.value) : null)),
      backgroundColor: colours[at % colours.length],
      borderColor: name("--paper", "#fff"),
      borderWidth: table.lines.length > 1 ? 1 : 0,
      maxBarThickness: 40,
    }));
  }

  function settings(figure) {
    const { shape, unit } = figure.dataset;
    const table = columns(figure);
    const colours = dark.matches ? palettes.dark : palettes.light;
    const ink = name("--ink", "#16202e");
    const grid = { color: name("--line", "#ccd3de") };
    const isLine = shape === "line";
    const ticks = { color: ink };
    const x = isLine
      ? { type: "linear", ticks: { ...ticks, maxTicksLimit: 7, callback: (at) => dates.format(at) }, grid }
      : { stacked: shape === "stack", ticks: { ...ticks, autoSkip: true, maxRotation: 0 }, grid };
    const y = { ticks, grid, stacked: shape === "stack", title: { display: Boolean(unit), text: unit, color: ink } };
    const isFlat = shape === "kinds";
    return {
      type: isLine ? "line" : "bar",
      data: {
        labels: isLine ? undefined : table.labels,
        datasets: isLine ? lineSets(table, colours) : barSets(table, colours),
      },
      options: {
        animation: calm.matches ? false : { duration: 250 },
        indexAxis: isFlat ? "y" : "x",
        maintainAspectRatio: false,
        color: ink,
        scales: isFlat ? { x: { ...y }, y: { ...x, ticks: { ...ticks, autoSkip: false } } } : { x, y },
        plugins: {
          legend: {
            display: table.lines.length > 1,
            labels: { color: ink, usePointStyle: isLine, filter: (item) => item.text !== "" },
          },
          tooltip: {
            filter: (item) => item.dataset.label !== "",
            callbacks: { title: (items) => items.map((item) => table.labels[item.dataIndex])[0] ?? "" },
          },
        },
      },
    };
  }

  function draw(figure) {
    const frame = figure.querySelector(".chart-frame");
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", figure.querySelector("figcaption").innerText);
    frame.replaceChildren(canvas);
    frame.hidden = false;
    return new Chart(canvas, settings(figure));
  }

  const drawn = [...document.querySelectorAll("figure.chart")]
    .filter((figure) => figure.querySelector("tbody data"))
    .map((figure) => ({ figure, chart: draw(figure) }));

  dark.addEventListener("change", () => {
    for (const each of drawn) {
      each.chart.destroy();
      each.chart = draw(each.figure);
    }
  });
  addEventListener("beforeprint", () => drawn.forEach(({ chart }) => chart.resize(640, 300)));
  addEventListener("afterprint", () => drawn.forEach(({ chart }) => chart.resize()));
})();
