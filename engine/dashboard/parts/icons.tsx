/** One stroke width, one grid of 16: drawn for this page. */
const PATHS = {
  overview: "M2 9.5h5V14H2zM9 2h5v12H9zM2 2h5v5H2z",
  machines: "M2 3h12v4H2zM2 9h12v4H2zM4.5 5h1M4.5 11h1",
  updates: "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11",
  deployments: "M2 4h3v8H2zM6.5 6h3v6h-3zM11 2h3v10h-3zM1 14h14",
  reports: "M3 2h7l3 3v9H3zM10 2v3h3M5.5 11V9M8 11V7M10.5 11v-1",
  runbooks: "M3 2h9a1 1 0 0 1 1 1v11H4a1 1 0 0 1-1-1zM6 5.5 8 7.5 6 9.5M9 10h2",
  jobs: "M4 3l9 5-9 5z",
  approvals: "M2.5 3h11v8H8l-3 3v-3H2.5zM5.5 7 7.3 8.8 10.5 5.5",
  schedules: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 5v3.2l2.2 1.6",
  webhooks: "M5 6a3 3 0 1 1 5 2M11 9.5a2.5 2.5 0 1 1-2 4H5M5.5 6.5 3.6 9.6a2.4 2.4 0 1 0 2 3.6",
  assets: "M5.5 6.5a3 3 0 1 1 2.6 3L6.5 11H5v1.5H3.5V14H2v-2.5l3.6-3.6zM10.5 5h.1",
  activity: "M2 8h3l2-5 3 10 1.8-5H14",
  settings: "M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M10.5 3v3M5.5 10v3",
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linejoin="round"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A runway that narrows towards the horizon. */
export function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" fill="currentColor">
      <path d="M8.2 2h3.6L18 18h-5.2L10 6.5 7.2 18H2z" opacity=".95" />
      <path d="M9.2 14.5h1.6L11.2 18H8.8z" />
    </svg>
  );
}
