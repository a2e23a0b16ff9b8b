"use strict";
// Previews of spectral_nbdev: 24 bytes -> a picture of any size. For browsers, also from file://, and Node.
//   const model = loadPreviewModel(bytes);          // once; bytes of preview.safetensors, a Uint8Array
//   const image = decodePreview(model, code, 256);  // {height, width, data: RGBA as ImageData takes it}

function loadPreviewModel(bytes) { // tensors by name, and L, between coefficients and weights of atoms
  const start = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true), model = {};
  const types = {I8: Int8Array, U8: Uint8Array, I16: Int16Array};
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  for (const [name, {dtype, data_offsets: [from, to] = []}] of Object.entries(header))
    if (dtype) model[name] = new types[dtype](bytes.slice(start + from, start + to).buffer);
  const n = model.base.length, atoms = Array.from({length: n}, (_, k) => previewAtom(model, k, 32, 32));
  const dot = (a, b, m) => { let s = 0; for (let i = 0; i < m; i++) s += a[i] * b[i]; return s; };
  model.L = atoms.map(() => new Float64Array(n)); // Cholesky factor of the inner products of all atoms
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) {
    const rest = dot(atoms[i], atoms[j], 3072) - dot(model.L[i], model.L[j], j);
    model.L[i][j] = i === j ? Math.sqrt(rest) : rest / model.L[j][j];
  }
  return model;
}

function previewAtom(model, k, height, width) { // (3, height, width): means over pixels of a plane wave
  const a = model.atoms.subarray(8 * k, 8 * k + 8), down = a[0] / 2048 / height, across = a[1] / 2048 / width;
  const PI = Math.PI, sinc = v => v ? Math.sin(PI * v) / (PI * v) : 1, angle = (f, i) => PI * f * (2 * i + 1);
  const sines = Float64Array.from({length: width}, (_, j) => Math.sin(angle(across, j)));
  const cosines = Float64Array.from({length: width}, (_, j) => Math.cos(angle(across, j)));
  const out = new Float64Array(3 * height * width), scale = sinc(down) * sinc(across) / 32767;
  for (let c = 0, at = 0; c < 3; c++) for (let i = 0; i < height; i++) { // sin(u + v) from those of u and v
    const u = angle(down, i) + a[5 + c] * PI / 32768;
    const s = scale * a[2 + c] * Math.sin(u), t = scale * a[2 + c] * Math.cos(u);
    for (let j = 0; j < width; j++) out[at++] = s * cosines[j] + t * sines[j];
  }
  return out;
}

function readPreview(model, code) { // {ratio: width / height, w: weights of atoms}; throws for foreign bytes
  const damaged = "code: expected a preview, got damaged bytes", n = model.base.length;
  if (code.length < 8 || code.length > 64) throw Error(`code: expected 8 … 64 bytes, got ${code.length}`);
  let x = code.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n); // the state: one integer
  const take = m => { const rest = Number(x % BigInt(m)); x /= BigInt(m); return rest; };
  const pop = weights => { // the symbol whose interval holds the remainder
    let rest = take(weights.reduce((a, b) => a + b)), s = 0;
    while (rest >= weights[s]) rest -= weights[s++];
    return x = BigInt(weights[s]) * x + BigInt(rest), s;
  };
  const version = take(16), length = take(2) ? take(64) + 1 : 24;
  if (version !== 1) throw Error(`code: expected a preview of version 1, got ${version}`);
  if (length !== code.length) throw Error(`code: expected ${length} bytes, got ${code.length}`);
  if (take(263)) throw Error(damaged);
  const shape = take(2) ? -1 : take(72), steps = shape < 36 ? shape + 1 : 35 - shape;
  const c = pop(model.components), finer = pop(model.fineness) - model.fineness.length / 2;
  const t = model.step[c] + model.offset[length] + finer;
  const w = Float64Array.from({length: n}, (_, k) => {
    const spread = model.base[k] + model.level[c] - 8 + (model.spread[c * n + k >> 1] >> 4 * (k & 1) & 15);
    const r = 14 + Math.max(-14, Math.min(24, spread - t)), mean = k < 16 ? model.means[16 * c + k] : 0;
    const row = model.table.subarray(4 * r, 4 * r + 4), likely = i => [256 - row[i], row[i]];
    if (pop(likely(0).reverse()) === 0) return mean;
    let sign = 1 - 2 * take(2), m = 1;
    while (pop(likely(Math.min(m, 3)))) m++;
    return mean + 2 ** (t / 4) * sign * (m + model.centre[2 * r + Math.min(m, 2) - 1] / 128);
  });
  if (x) throw Error(damaged);
  for (let k = n; k--;) { // solve L'w = z √3072, from the last row up
    w[k] *= Math.sqrt(3072);
    for (let i = k + 1; i < n; i++) w[k] -= model.L[i][k] * w[i];
    w[k] /= model.L[k][k];
  }
  return {ratio: 2 ** (steps / 12), w};
}

function decodePreview(model, code, side = 32, size) { // side: the longer one; or size: [height, width]
  const {ratio, w} = readPreview(model, code), v = side * Math.min(ratio, 1 / ratio);
  const shorter = (v % 1 === .5 ? 2 * Math.round(v / 2) : Math.round(v)) || 1; // halves to the even side
  const [height, width] = size || (ratio < 1 ? [side, shorter] : [shorter, side]), n = height * width;
  const sum = new Float64Array(3 * n).fill(127.5), data = new Uint8ClampedArray(4 * n).fill(255);
  w.forEach((v, k) => previewAtom(model, k, height, width).forEach((s, i) => { sum[i] += v * s; }));
  for (let c = 0, i = 0; c < 3; c++) for (let at = c; at < 4 * n; at += 4) data[at] = Math.round(sum[i++]);
  return {height, width, data};
}
if (typeof module !== "undefined") module.exports = {loadPreviewModel, readPreview, decodePreview};
