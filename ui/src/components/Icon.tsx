const PATHS = {
  chat: "M4 5h16v11H9l-5 4z",
  timeline: "M3 12h4l2-6 4 12 3-8 1.5 2H21",
  memories: "M12 3 3 8l9 5 9-5zM3 12.5l9 5 9-5M3 17l9 5 9-5",
  privacy: "M12 3 5 6v5c0 4.5 3 8.2 7 10 4-1.8 7-5.5 7-10V6zM9 12l2.2 2.2L15.5 10",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  plus: "M12 5v14M5 12h14",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5 20 20",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5 10 17l9-10",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v5",
  undo: "M9 6 4 11l5 5M4 11h10a6 6 0 0 1 0 12h-2",
  history: "M4 5v5h5M4.6 10A8 8 0 1 1 4 13M12 8v5l3.5 2",
  play: "M8 5v14l11-7z",
  pause: "M8 5v14M16 5v14",
  back: "M15 5l-7 7 7 7",
  forward: "M9 5l7 7-7 7",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  up: "M5 15l7-7 7 7",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
  hidden:
    "M3 3l18 18M10 6c.6-.3 1.300-.5 2-.5 6 0 9.500 6.500 9.500 6.500a17 17 0 0 1-3 3.600M6.500 7.500A17 17 0 0 0 2.500 12S6 18.500 12 18.500c1.600 0 3-.4 4.200-1",
  ghost:
    "M5 21V10a7 7 0 0 1 14 0v11l-2.500-2-2.200 2-2.300-2-2.300 2-2.200-2zM9.500 10.500h.01M14.500 10.500h.01",
  warning: "M12 4 2.500 20h19zM12 10v4.500M12 17.300h.01",
  info: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 11v5M12 7.800h.01",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9.500h.01",
  tree: "M6 4v13a2 2 0 0 0 2 2h3M6 9h5M14 7h6v4h-6zM14 17h6v4h-6z",
  people:
    "M6 4a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5zM18 6a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5zM9 15a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5zM8.500 7l7 1M6.700 9l1.600 6M16.200 10.300l-5.400 5.400",
  list: "M9 6h11M9 12h11M9 18h11M4.500 6h.01M4.500 12h.01M4.500 18h.01",
  zoomIn:
    "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13zM15.500 15.500 20 20M10.500 8v5M8 10.500h5",
  zoomOut: "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13zM15.500 15.500 20 20M8 10.500h5",
  machine: "M4 5h16v11H4zM9 20h6M12 16v4",
  more: "M6 12h.01M12 12h.01M18 12h.01",
} as const;

export type IconName = keyof typeof PATHS;

/** A line drawing, 24 units square; decoration only, the words stand beside it or in an `aria-label`. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 2.6 : 1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
