// verdict: failed nondeterminism
// without replays that are complete: contained
// needs: {"kept": {"recorded": [{"call": 1, "op": "variables.get", "args": {"name": "here"}, "argsHash": "0", "retry": 0, "settlement": {"order": 1, "outcome": {"ok": true, "value": 1}, "at": 1768478401000}}], "entries": [], "issued": []}, "permissions": {"variables": ["here"]}}

/** An end that leaves out what is recorded would stand for a replay. */
export default () => {
  // ends at once: the call that is recorded isn't made again
};
