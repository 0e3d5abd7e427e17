// Geometry of the live graph: points in time to SVG paths in a box of 100 by 100.
// A point is {t, d, u}: milliseconds since the epoch and bit/s; null is a gap, never zero.

export const WINDOW = 300000;
const STEPS = [1, 2, 5, 10];
const MAX_STEPS = 6;
const LEAST = 0.1; // Mbit/s: the axis shows no less

/**
 * Marks of an axis from 0 to the next round step above `top`.
 */
export function niceAxis(top) {
    if (!(top > 0)) {
        return [0, 0.25, 0.5, 0.75, 1];
    }
    const power = 10 ** (Math.floor(Math.log10(top)) - 1);
    for (const scale of [power, power * 10]) {
        for (const factor of STEPS) {
            const step = factor * scale;
            const count = Math.floor(top / step + 1e-9) + 1;
            if (count <= MAX_STEPS) {
                return Array.from({ length: count + 1 }, (_, n) => Number((step * n).toFixed(6)));
            }
        }
    }
    return [0, top];
}

/**
 * Stretches of points that follow each other without a gap.
 */
export function runs(points, longest) {
    const found = [];
    let current = null;
    for (const point of points) {
        if (point.d === null || point.u === null) {
            current = null;
            continue;
        }
        if (!current || point.t - current[current.length - 1].t > longest) {
            current = [];
            found.push(current);
        }
        current.push(point);
    }
    return found;
}

/**
 * Everything the graph needs: marks, paths and bands.
 */
export function geometry(points, now, contractedMbps, step) {
    const start = now - WINDOW;
    const visible = points.filter((point) => point.t >= start);
    const found = runs(visible, step * 2.5);
    const values = found.flat().flatMap((point) => [point.d / 1e6, point.u / 1e6]);
    const marks = niceAxis(Math.max(contractedMbps || 0, LEAST, ...values));
    const top = marks[marks.length - 1];
    const x = (point) => ((100 * (point.t - start)) / WINDOW).toFixed(2);
    const y = (bps) => (100 - (100 * bps) / 1e6 / top).toFixed(2);
    const pair = (point, key) => `${x(point)} ${y(point[key])}`;
    const path = (run, key) => run.map((point) => pair(point, key)).join("L");
    const line = (run, key) => `M${path(run, key)}`;
    const area = (run) => {
        const left = x(run[0]);
        const right = x(run[run.length - 1]);
        return `M${left} 100L${path(run, "d")}L${right} 100Z`;
    };
    // Silence up to now is a gap as well: its end is not known yet.
    const ends = found.map((run) => run[run.length - 1]);
    const silent = ends.length && now - ends[ends.length - 1].t > step * 4;
    const begins = [...found.slice(1).map((run) => run[0]), ...(silent ? [{ t: now }] : [])];
    return {
        marks,
        down: found.map((run) => line(run, "d")).join(""),
        up: found.map((run) => line(run, "u")).join(""),
        area: found.map(area).join(""),
        gaps: begins.map((point, n) => ({
            x: x(ends[n]),
            width: (x(point) - x(ends[n])).toFixed(2),
        })),
        plan: contractedMbps ? (100 - (100 * contractedMbps) / top).toFixed(2) : null,
    };
}
