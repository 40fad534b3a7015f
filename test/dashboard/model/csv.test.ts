import assert from "node:assert/strict";
import { csvText } from "../../../engine/dashboard/model/csv.ts";

describe("tables as CSV", () => {
  const table: readonly (readonly [name: string, cell: string | number | null, text: string])[] = [
    ["plain text", "openssl", "openssl"],
    ["nothing", null, ""],
    ["a number as it is, negative too", -3.5, "-3.5"],
    ["a comma in quotes", "a,b", '"a,b"'],
    ["quotes doubled", 'say "no"', '"say ""no"""'],
    ["a line's end in quotes", "a\nb", '"a\nb"'],
    ["=, so that no spreadsheet computes", '=HYPERLINK("http://evil")', `"'=HYPERLINK(""http://evil"")"`],
    ["+", "+1", "'+1"],
    ["-", "-1+2", "'-1+2"],
    ["@", "@SUM(A1)", "'@SUM(A1)"],
    ["a tab", "\t=1", "'\t=1"],
    ["a carriage return", "\r=1", `"'\r=1"`],
    ["markup untouched: a file isn't a page", "<b>", "<b>"],
  ];
  for (const [name, cell, text] of table) it(`writes ${name}`, () => assert.equal(csvText(["x"], [[cell]]), `x\r\n${text}\r\n`));

  it("ends each line as the format wants it, the head first", () =>
    assert.equal(
      csvText(
        ["a", "b"],
        [
          [1, "x"],
          [2, "y"],
        ],
      ),
      "a,b\r\n1,x\r\n2,y\r\n",
    ));
  it("defuses names of columns as well", () => assert.equal(csvText(["=a"], []), "'=a\r\n"));
});
