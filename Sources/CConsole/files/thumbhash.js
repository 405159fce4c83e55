// ThumbHash (https://evanw.github.io/thumbhash/): what a picture looks like from afar, in 25 bytes.

/// Drawn into a canvas of `size` × `size`, which is stretched to the tile.
export function draw(canvas, text, size = 16) {
  const hash = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const head = hash[0] | (hash[1] << 8) | (hash[2] << 16);
  const more = hash[3] | (hash[4] << 8);
  const hasAlpha = head >> 23;
  const isLandscape = more >> 15;
  const wide = Math.max(3, isLandscape ? (hasAlpha ? 5 : 7) : more & 7);
  const high = Math.max(3, isLandscape ? more & 7 : (hasAlpha ? 5 : 7));
  const start = hasAlpha ? 6 : 5;
  let place = 0;
  const channel = (mean, scale, columns, rows) => {
    const factors = [];
    for (let y = 0; y < rows; y += 1) {
      for (let x = y ? 0 : 1; x * rows < columns * (rows - y); x += 1) {
        const half = (hash[start + (place >> 1)] >> ((place & 1) << 2)) & 15;
        place += 1;
        factors.push([x, y, (half / 7.5 - 1) * scale]);
      }
    }
    return (across, down) => factors.reduce(
      (sum, [x, y, factor]) => sum + factor * across[x] * down[y] * 2, mean);
  };
  const light = channel((head & 63) / 63, ((head >> 18) & 31) / 31, wide, high);
  const yellow = channel(((head >> 6) & 63) / 31.5 - 1, ((more >> 3) & 63) / 63 * 1.25, 3, 3);
  const red = channel(((head >> 12) & 63) / 31.5 - 1, ((more >> 9) & 63) / 63 * 1.25, 3, 3);
  const alpha = hasAlpha ? channel((hash[5] & 15) / 15, (hash[5] >> 4) / 15, 5, 5) : () => 1;
  const waves = Array.from({ length: size }, (_, at) =>
    Array.from({ length: 7 }, (_, wave) => Math.cos((Math.PI / size) * (at + 0.5) * wave)));
  const pixels = new ImageData(size, size);
  for (let y = 0, at = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1, at += 4) {
      const l = light(waves[x], waves[y]);
      const p = yellow(waves[x], waves[y]);
      const q = red(waves[x], waves[y]);
      const b = l - (2 / 3) * p;
      const r = (3 * l - b + q) / 2;
      [r, r - q, b, alpha(waves[x], waves[y])].forEach((value, part) => {
        pixels.data[at + part] = 255 * value;
      });
    }
  }
  canvas.width = size;
  canvas.height = size;
  canvas.getContext('2d').putImageData(pixels, 0, 0);
}
