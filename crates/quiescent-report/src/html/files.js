// Makes a figure's files from the page alone, so that a page that was sent without its folder still has
// them. Without this script the links lead to the files beside the page.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const FULL = 692, FULL_MM = 183, HALF_MM = 89; // figure units and printed widths
  const DPI = 300;

  // All panels of a figure as one picture, placed as in the files of the command line.
  const picture = (figure) => {
    const rows = [...figure.querySelectorAll(".panels")].map((row) =>
      [...row.querySelectorAll("svg")].map((svg) => ({ svg, box: svg.viewBox.baseVal })));
    const width = (row) => row.reduce((sum, { box }) => sum + box.width, 0);
    const across = Math.max(1, ...rows.map(width));
    const whole = document.createElementNS(SVG, "svg");
    let top = 0;
    for (const row of rows) {
      let left = (across - width(row)) / 2;
      for (const { svg, box } of row) {
        const panel = svg.cloneNode(true);
        const place = { x: left, y: top, width: box.width, height: box.height };
        for (const [name, value] of Object.entries(place)) panel.setAttribute(name, value);
        whole.append(panel);
        left += box.width;
      }
      top += Math.max(0, ...row.map(({ box }) => box.height));
    }
    const mm = across <= FULL / 2 ? HALF_MM : FULL_MM;
    const size = { mm, height: Math.max(1, top) * mm / across };
    whole.setAttribute("viewBox", `0 0 ${across} ${Math.max(1, top)}`);
    whole.setAttribute("width", `${size.mm}mm`);
    whole.setAttribute("height", `${size.height}mm`);
    return { text: new XMLSerializer().serializeToString(whole), size };
  };

  const save = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  const makers = {
    svg: (figure, name) =>
      save(new Blob([picture(figure).text], { type: "image/svg+xml" }), name),
    png: (figure, name) => {
      const { text, size } = picture(figure);
      const image = new Image();
      image.onload = () => {
        const canvas = document.createElement("canvas");
        canvas.width = Math.round(size.mm / 25.4 * DPI);
        canvas.height = Math.round(size.height / 25.4 * DPI);
        const context = canvas.getContext("2d");
        context.fillStyle = "#ffffff";
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob((blob) => save(blob, name), "image/png");
      };
      image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
    },
    // The browser's own printing makes the PDF: the figure alone, on a page of its size.
    pdf: (figure) => {
      const { size } = picture(figure);
      const sheet = document.createElement("style");
      sheet.textContent = `@page { size: ${size.mm}mm ${Math.ceil(size.height) + 1}mm; margin: 0 }`;
      const alone = document.createElement("div");
      alone.className = "alone";
      alone.append(figure.querySelector(".paper").cloneNode(true));
      alone.style.width = `${size.mm}mm`;
      document.head.append(sheet);
      document.body.append(alone);
      window.addEventListener("afterprint", () => { sheet.remove(); alone.remove(); }, { once: true });
      window.print();
    },
    csv: async (figure, name, link) => {
      const bytes = Uint8Array.from(atob(link.dataset.gzip), (letter) => letter.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      save(new Blob([await new Response(stream).arrayBuffer()], { type: "text/csv" }), name);
    },
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-make]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    makers[link.dataset.make](link.closest("figure"), link.download, link);
  });
})();
