import { Card } from "../../components/Card";
import { Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import type { Storage } from "../../lib/bindings";
import { bytes } from "../../lib/clock";
import { useEngine } from "../../lib/engine";
import styles from "./Privacy.module.css";

/** What takes how much of the disk. */
export function StorageMeter() {
  const loaded = useEngine({ request: "storage" }, { refetchInterval: 15_000 });
  return (
    <Card title="Space on disk">
      {loaded.error && <FailureNote failure={loaded.error} onRetry={loaded.refetch} />}
      {loaded.isPending && <Loading what="Measuring" />}
      {loaded.data && <Meter storage={loaded.data.storage} />}
    </Card>
  );
}

/** The layers of the meter, in its order. Vectors are inside the database and told apart here. */
export function layersOf(storage: Storage): { name: string; size: number; color: string }[] {
  return [
    { name: "Pictures", size: storage.pictures, color: "hsl(239 60% 62%)" },
    {
      name: "Text, memories, search index",
      size: Math.max(0, storage.database - storage.vectors),
      color: "hsl(172 50% 42%)",
    },
    { name: "Vectors", size: storage.vectors + storage.index, color: "hsl(36 75% 52%)" },
    { name: "Waiting to be stored", size: storage.spool, color: "hsl(350 60% 58%)" },
    { name: "Models", size: storage.models, color: "hsl(275 35% 58%)" },
    { name: "Logs", size: storage.logs, color: "hsl(220 8% 55%)" },
  ];
}

function Meter({ storage }: { storage: Storage }) {
  const layers = layersOf(storage);
  const used = layers.reduce((sum, layer) => sum + layer.size, 0);
  return (
    <>
      <div
        className={styles.meter}
        role="img"
        aria-label={`${bytes(used)} used, ${bytes(storage.free)} free`}
      >
        {layers
          .filter((layer) => layer.size > 0)
          .map((layer) => (
            <span
              key={layer.name}
              style={{ flexGrow: layer.size, background: layer.color }}
              title={`${layer.name}: ${bytes(layer.size)}`}
            />
          ))}
      </div>
      <ul className={styles.layers}>
        {layers.map((layer) => (
          <li key={layer.name}>
            <span className={styles.swatch} style={{ background: layer.color }} />
            {layer.name} <strong>{bytes(layer.size)}</strong>
          </li>
        ))}
        <li>
          <span className={styles.swatch} />
          Free on this disk <strong>{bytes(storage.free)}</strong>
        </li>
      </ul>
    </>
  );
}
