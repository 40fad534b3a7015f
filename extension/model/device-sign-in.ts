import { isRunwrightError, RunwrightError } from "../../engine/core/errors.ts";
import type { LoginDone, LoginStarted } from "../../engine/protocol/http/access.ts";
import type { Client } from "./client/client.ts";
import { garbage } from "./client/shape.ts";
import { pause } from "./pause.ts";
import type { Timers } from "./timers.ts";

/** Says the code to the person; somebody who is signed in confirms it with `runwright login confirm CODE`. */
export interface DeviceSignIn {
  userCode: string;
  /** @returns the token, once it is confirmed. @throws LOGIN_DENIED, LOGIN_EXPIRED, the signal's reason */
  token(signal: AbortSignal): Promise<string>;
}

/** As engines make them, such as `BCDF-GHJK`: it is shown, and becomes part of a command that somebody runs in a shell. */
const USER_CODE = /^[A-Z0-9]{1,16}(-[A-Z0-9]{1,16}){0,3}$/;

/** @param name of this client, for whoever confirms: up to 128 characters */
export async function beginDeviceSignIn(anonymous: Client, name: string, timers: Timers, signal: AbortSignal): Promise<DeviceSignIn> {
  const shape = { deviceCode: "string", userCode: "string", expiresInSeconds: "number", intervalSeconds: "number" } as const;
  const login = await anonymous.ask<LoginStarted>("POST", "/api/v1/login/device", shape, { body: { client: name.slice(0, 128) }, signal });
  if (!USER_CODE.test(login.userCode)) throw garbage("its code for the sign-in is none");
  return {
    userCode: login.userCode,
    async token(signal) {
      const over = timers.now() + login.expiresInSeconds * 1_000;
      while (timers.now() < over) {
        await pause(Math.max(1, login.intervalSeconds) * 1_000, timers, signal);
        try {
          const body = { deviceCode: login.deviceCode };
          return (await anonymous.ask<LoginDone>("POST", "/api/v1/login/device/token", { token: "string" }, { body, signal })).token;
        } catch (error) {
          // An engine that restarts meanwhile has kept the code or says that it hasn't.
          const goesOn = (["LOGIN_PENDING", "RATE_LIMITED", "ENGINE_UNREACHABLE", "ENGINE_SLOW", "STOPPING"] as const).some((code) =>
            isRunwrightError(error, code),
          );
          if (!goesOn) throw error;
        }
      }
      throw new RunwrightError("LOGIN_EXPIRED", "nobody has confirmed the code in time; begin again");
    },
  };
}
