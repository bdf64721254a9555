// The model in the page: what `lfd recommend` computes, in plain JavaScript. Knows numbers; knows no document.

const ARRAYS = { f4: Float32Array, f8: Float64Array, u4: Uint32Array, u2: Uint16Array };

/** An array from base64 of its little-endian bytes: {values, shape}. */
function readArray(plain) {
  if (plain === null) return null;
  const text = atob(plain.data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return { values: new ARRAYS[plain.type](bytes.buffer), shape: plain.shape };
}

/** weight (out x in) times x, plus bias. */
function linear(layer, x) {
  const [rows, columns] = layer.weight.shape;
  const w = layer.weight.values;
  const out = new Float64Array(rows);
  for (let r = 0, at = 0; r < rows; r++) {
    let sum = layer.bias === null ? 0 : layer.bias.values[r];
    for (let c = 0; c < columns; c++) sum += w[at++] * x[c];
    out[r] = sum;
  }
  return out;
}

/** x (a row) times matrix (rows of it as many as x is long). */
function rowTimes(x, matrix) {
  const [rows, columns] = matrix.shape;
  const out = new Float64Array(columns);
  for (let r = 0, at = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c] += x[r] * matrix.values[at++];
  }
  return out;
}

/** The solution of A x = b: Gaussian elimination with partial pivoting; A is an array of rows. */
function solve(A, b) {
  const a = A.map((row, i) => [...row, b[i]]);
  const n = b.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i][k]) > Math.abs(a[pivot][k])) pivot = i;
    [a[k], a[pivot]] = [a[pivot], a[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = a[i][k] / a[k][k];
      if (factor !== 0) for (let j = k; j <= n; j++) a[i][j] -= factor * a[k][j];
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = a[i][n];
    for (let j = i + 1; j < n; j++) sum -= a[i][j] * x[j];
    x[i] = sum / a[i][i];
  }
  return x;
}

function readLayer(plain) {
  return { weight: readArray(plain.weight), bias: readArray(plain.bias) };
}

/** The model of an explorer: decode(z) gives a score an item, encode(items) gives z. */
function readModel(explorer) {
  const { encoder, decoder, scale } = explorer.weights;
  const up = decoder.map(readLayer);
  const turn = explorer.rotation && {
    mean: readArray(explorer.rotation.mean).values,
    toAligned: readArray(explorer.rotation.to_aligned),
    toRaw: readArray(explorer.rotation.to_raw),
  };
  const encodeRaw = encoder.kind === "folded" ? folding(encoder) : layers(encoder, explorer.n_latent);
  return {
    decode(z) {
      let h = turn ? rowTimes(z, turn.toRaw).map((v, j) => v + turn.mean[j]) : z;
      up.forEach((layer, n) => {
        h = linear(layer, n === 0 ? h : h.map(Math.tanh));
      });
      return scale === 1 ? h : h.map((v) => v * scale);
    },
    encode(items) {
      const raw = encodeRaw(items);
      return turn ? rowTimes(raw.map((v, j) => v - turn.mean[j]), turn.toAligned) : raw;
    },
  };
}

/** A history's items, each 1 / sqrt(number), through the layers; of a VAE only the means are kept. */
function layers(encoder, latent) {
  const first = readArray(encoder.first);
  const bias = readArray(encoder.bias);
  const down = encoder.layers.map(readLayer);
  const width = first.shape[1];
  return (items) => {
    let h = new Float64Array(width);
    const value = items.length ? 1 / Math.sqrt(items.length) : 0;
    for (const item of items) for (let c = 0; c < width; c++) h[c] += value * first.values[item * width + c];
    if (bias !== null) h = h.map((v, c) => v + bias.values[c]);
    for (const layer of down) h = linear(layer, h.map(Math.tanh));
    return h.slice(0, latent);
  };
}

/** A history folded in by ridge least squares on the items' factors, then brought to where users lie. */
function folding(encoder) {
  const factors = readArray(encoder.factors);
  const products = readArray(encoder.products).values;
  const place = readArray(encoder.fold_in).values;
  const n = factors.shape[1];
  const factor = (item, j) => factors.values[item * n + j];
  return (items) => {
    const A = Array.from({ length: n }, (_, i) => Array.from(products.slice(i * n, (i + 1) * n)));
    const b = new Float64Array(n);
    for (const item of items) {
      for (let i = 0; i < n; i++) {
        b[i] += (1 + encoder.alpha) * factor(item, i);
        for (let j = 0; j < n; j++) A[i][j] += encoder.alpha * factor(item, i) * factor(item, j);
      }
    }
    const solved = solve(A, b);
    return Float64Array.from({ length: n }, (_, j) =>
      solved.reduce((sum, v, i) => sum + v * place[(1 + i) * n + j], place[j]),
    );
  };
}

/** The k best items, best first; equal scores in the items' order; without those in `seen` (a Set). */
function best(scores, k, seen) {
  const order = [];
  for (let i = 0; i < scores.length; i++) if (!seen.has(i)) order.push(i);
  order.sort((a, b) => scores[b] - scores[a] || a - b);
  return order.slice(0, k);
}

/** z with knobs turned: z + sum of amount x step. */
function turned(z, turns) {
  const out = Float64Array.from(z);
  for (const { step, amount } of turns) step.forEach((v, j) => (out[j] += amount * v));
  return out;
}

/** How much of a concept an item has: 1 or 0 of a value; of a whole ordered attribute its place in the order. */
function levelOf(own, value, number) {
  const several = own === -1 ? [] : Array.isArray(own) ? own : [own];
  if (value !== null) return several.includes(value) ? 1 : 0;
  return several.reduce((sum, v) => sum + v / (number - 1) / several.length, 0);
}

/** Scores with what labels add to them: gains are {own (of each item), value, number, nats}. */
function lifted(scores, gains) {
  if (!gains.length) return scores;
  return scores.map((score, item) => gains.reduce((sum, g) => sum + g.nats * levelOf(g.own[item], g.value, g.number), score));
}

/**
 * Where a newcomer is who states so much of some concepts, from the users' mean: (1 + d) B' (B B' + d I)^-1 a,
 * readings B with a doubt d = 1 as large as the users differ. A statement alone is met exactly.
 */
function stated(centre, turns) {
  const doubt = 1;
  const dot = (a, b) => a.reduce((sum, v, j) => sum + v * b[j], 0);
  const noisy = turns.map((one, r) => turns.map((other, c) => dot(one.step, other.step) + (r === c ? doubt : 0)));
  const solved = turns.length ? solve(noisy, turns.map((t) => t.amount)) : [];
  return turned(centre, turns.map((t, n) => ({ step: t.step, amount: (1 + doubt) * solved[n] })));
}

/** Shares of an attribute's values in a list, each item counting once, among items that have the attribute. */
function sharesOf(list, values, number) {
  const shares = new Float64Array(number);
  let known = 0;
  for (const item of list) {
    const own = values[item];
    if (own === -1) continue;
    known += 1;
    const several = Array.isArray(own) ? own : [own];
    for (const value of several) shares[value] += 1 / several.length;
  }
  return known ? shares.map((s) => s / known) : shares;
}
