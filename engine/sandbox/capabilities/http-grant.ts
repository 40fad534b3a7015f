/** The rule lives in core, because check and broker must not differ. */
export { grantOpens, grantProblem } from "../../core/http-grant.ts";
