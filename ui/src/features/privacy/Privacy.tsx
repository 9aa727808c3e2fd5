import { Page } from "../../components/Card";
import { Apps } from "./Apps";
import { Details } from "./Details";
import { ForgetCard } from "./ForgetCard";
import { LivePreview } from "./LivePreview";
import { Quarantine } from "./Quarantine";
import { Readers } from "./Readers";
import { Receipts } from "./Receipts";
import { Sites } from "./Sites";
import { StateCard } from "./StateCard";
import { StorageMeter } from "./StorageMeter";
import { Titles } from "./Titles";

/** What is watched, and everything one can do about it. */
export function Privacy() {
  return (
    <Page>
      <StateCard />
      <LivePreview />
      <Quarantine />
      <ForgetCard />
      <Apps />
      <Titles />
      <Sites />
      <Details />
      <Readers />
      <StorageMeter />
      <Receipts />
    </Page>
  );
}
