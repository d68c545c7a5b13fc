import { servePack } from "../shared/serve";
import { definition } from "./definition";

servePack(definition);
