/** A point of the picture, in its units. */
export interface Point {
  x: number;
  y: number;
}

/** Two nodes, by their places in the list, that are to stand near each other. */
export interface Pull {
  from: number;
  to: number;
}

const STEPS = 160;
const MARGIN = 48;

/**
 * Places for `count` nodes in a picture of this size: all push each other away, and those that are joined pull each other near
 * (Fruchterman and Reingold, 1991). The first node stays in the middle when `centred`. The same nodes always get the same places.
 */
export function layout(
  count: number,
  pulls: Pull[],
  { width, height, centred }: { width: number; height: number; centred: boolean },
): Point[] {
  const points = onSpiral(count, width, height);
  const middle = { x: width / 2, y: height / 2 };
  if (centred && count > 0) points[0] = { ...middle };
  const rest = 0.7 * Math.sqrt((width * height) / Math.max(count, 1));
  for (let step = 0; step < STEPS; step++) {
    const moves = forces(points, pulls, rest, middle);
    const reach = (rest / 2) * (1 - step / STEPS);
    points.forEach((point, at) => {
      if (centred && at === 0) return;
      const length = Math.hypot(moves[at].x, moves[at].y) || 1;
      const stride = Math.min(length, reach) / length;
      point.x += moves[at].x * stride;
      point.y += moves[at].y * stride;
    });
  }
  return fitted(points, middle);
}

/** Where nodes begin: turned by the golden angle, so that no two share a place and no line holds them all. */
function onSpiral(count: number, width: number, height: number): Point[] {
  const golden = Math.PI * (3 - Math.sqrt(5));
  return Array.from({ length: count }, (_, at) => {
    const away = Math.sqrt((at + 0.5) / count) * 0.45;
    return {
      x: width * (0.5 + away * Math.cos(at * golden)),
      y: height * (0.5 + away * Math.sin(at * golden)),
    };
  });
}

function forces(points: Point[], pulls: Pull[], rest: number, middle: Point): Point[] {
  const moves = points.map((point) => ({
    x: (middle.x - point.x) * 0.02,
    y: (middle.y - point.y) * 0.02,
  }));
  const push = (from: number, to: number, strength: (distance: number) => number) => {
    const x = points[to].x - points[from].x;
    const y = points[to].y - points[from].y;
    const distance = Math.max(Math.hypot(x, y), 1);
    const force = strength(distance) / distance;
    moves[to].x += x * force;
    moves[to].y += y * force;
    moves[from].x -= x * force;
    moves[from].y -= y * force;
  };
  for (let from = 0; from < points.length; from++) {
    for (let to = from + 1; to < points.length; to++)
      // From afar nobody pushes: groups that have nothing to do with each other would flee into the corners.
      push(from, to, (distance) => (distance > 2 * rest ? 0 : rest ** 2 / distance));
  }
  for (const { from, to } of once(pulls)) push(from, to, (distance) => -(distance ** 2) / rest);
  return moves;
}

/** Each pair once, however many things join it. */
function once(pulls: Pull[]): Pull[] {
  const pairs = new Map(pulls.map((pull) => [[pull.from, pull.to].sort().join(" "), pull]));
  return [...pairs.values()];
}

/** Draws all towards or from the middle until they just fill the picture. */
function fitted(points: Point[], middle: Point): Point[] {
  const scale = (axis: "x" | "y") => {
    const reach = Math.max(...points.map((point) => Math.abs(point[axis] - middle[axis])), 1);
    return Math.min((middle[axis] - MARGIN) / reach, 2);
  };
  const [x, y] = [scale("x"), scale("y")];
  return points.map((point) => ({
    x: middle.x + (point.x - middle.x) * x,
    y: middle.y + (point.y - middle.y) * y,
  }));
}
