// System packages: what Debian calls what we need, and installing what is missing.
import { exists, must, read, run } from "./run.mjs";
import { note, step, Trouble } from "./say.mjs";

export const packages = [
  // to build
  "build-essential",
  "pkg-config",
  "ca-certificates",
  "curl",
  "git",
  "libwebkit2gtk-4.1-dev",
  "libpipewire-0.3-dev",
  "libclang-dev",
  "libgbm-dev",
  // to run (without the first the tray icon brings the app down)
  "libayatana-appindicator3-1",
  "gnome-keyring",
  "dbus",
  "mesa-vulkan-drivers",
  "libgl1-mesa-dri",
  // to fetch models
  "python3",
  "python3-pip",
  // to test, and to have a virtual screen where there is none
  "at-spi2-core",
  "python3-gi",
  "gir1.2-gtk-3.0",
  "xvfb",
  "xauth",
  "openbox",
  "webkit2gtk-driver",
  "chromium",
  "fonts-dejavu-core",
  "xdotool",
  "xterm",
  "x11-apps",
  "x11-utils",
  "x11-xserver-utils",
  "imagemagick",
];

/** The packages of `wanted` that are not installed, given what `dpkg-query` printed about them. */
export function missing(wanted, report) {
  const installed = new Set();
  for (const line of report.split("\n")) {
    const [name, status] = line.split(" ");
    if (status === "installed") installed.add(name);
  }
  return wanted.filter((name) => !installed.has(name));
}

export async function systemPackages() {
  if (!exists("apt-get") || !exists("dpkg-query")) return otherSystem();
  const absent = missing(packages, installedReport());
  if (absent.length > 0) await install(absent);
}

// dpkg-query fails when one name is unknown, yet still prints the others.
const installedReport = () =>
  read("sh", [
    "-c",
    `dpkg-query -W -f '\${Package} \${db:Status-Status}\\n' ${packages.join(" ")} 2>/dev/null; true`,
  ]);

async function install(absent) {
  step(`System packages: installing ${absent.length} of ${packages.length}`);
  note(absent.join(" "));
  const root = process.getuid() === 0 ? [] : superuser(absent);
  const apt = (...args) => [
    ...root,
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-o",
    "DPkg::Lock::Timeout=300",
    ...args,
  ];
  const [program, ...update] = apt("update");
  // An outdated list of packages may still do, so only the installation decides.
  await run(program, update);
  const [, ...add] = apt("install", "--yes", "--no-install-recommends", ...absent);
  await must(
    program,
    add,
    `Read apt's message above. Once it is mended, run the same command again; or install by hand:
  apt-get install ${absent.join(" ")}`,
  );
  const still = missing(packages, installedReport());
  if (still.length > 0)
    throw new Trouble(
      `apt-get ended well, but these are still missing: ${still.join(" ")}`,
      "Install them by hand and run the same command again.",
    );
}

function superuser(absent) {
  if (exists("sudo")) return ["sudo"];
  throw new Trouble(
    "System packages are missing and neither root nor sudo is at hand to install them.",
    `Ask someone who may, then run the same command again:\n  apt-get install ${absent.join(" ")}`,
  );
}

function otherSystem() {
  step("System packages: not a Debian system, so nothing is installed");
  note("Make sure that what these Debian packages hold is there:");
  note(packages.join(" "));
}
