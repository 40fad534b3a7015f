/**
 * What the agent asks the Windows Update Agent, in PowerShell 5.1 and 7 (interfaces: wuapi.h, Microsoft's documentation of the Windows Update Agent API). Nothing is ever put into
 * these texts: what varies comes in as JSON on standard input. They were never run here.
 */
const PRELUDE = `$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
[Console]::InputEncoding = [Text.Encoding]::UTF8
$session = New-Object -ComObject Microsoft.Update.Session
$session.ClientApplicationID = 'runwright-agent'
`;

/** @see SearchResult in windows-update-text.ts */
export const SEARCH = `${PRELUDE}$given = [Console]::In.ReadToEnd() | ConvertFrom-Json
$searcher = $session.CreateUpdateSearcher()
$searcher.Online = [bool]$given.online
$result = $searcher.Search("IsInstalled=0 and IsHidden=0 and Type='Software'")
$updates = foreach ($u in $result.Updates) {
  [pscustomobject]@{
    updateId = $u.Identity.UpdateID
    revision = $u.Identity.RevisionNumber
    title = $u.Title
    kbArticleIds = @($u.KBArticleIDs | ForEach-Object { $_ })
    cveIds = @($u.CveIDs | ForEach-Object { $_ })
    msrcSeverity = $u.MsrcSeverity
    categories = @($u.Categories | ForEach-Object { [pscustomobject]@{ id = $_.CategoryID; type = $_.Type } })
    rebootBehavior = [int]$u.InstallationBehavior.RebootBehavior
    maxDownloadSize = [int64]$u.MaxDownloadSize
    supersededIds = @($u.SupersededUpdateIDs | ForEach-Object { $_ })
  }
}
$installed = foreach ($h in (Get-HotFix)) { [pscustomobject]@{ kb = $h.HotFixID; installedOn = if ($h.InstalledOn) { $h.InstalledOn.ToUniversalTime().ToString('o') } else { $null } } }
$reasons = @()
if ((New-Object -ComObject Microsoft.Update.SystemInfo).RebootRequired) { $reasons += 'Windows Update asks for a reboot' }
foreach ($key in 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired', 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending') {
  if (Test-Path $key) { $reasons += $key }
}
$last = $null
try { $last = (New-Object -ComObject Microsoft.Update.AutoUpdate).Results.LastSearchSuccessDate.ToUniversalTime().ToString('o') } catch { }
ConvertTo-Json -Depth 5 -Compress -InputObject ([pscustomobject]@{
  resultCode = [int]$result.ResultCode
  rebootReasons = @($reasons)
  lastSearchedAt = $last
  installed = @($installed)
  updates = @($updates)
})
`;

/** Input: \`{ updateIds: [] }\`. @see InstallResult in windows-update-text.ts */
export const INSTALL = `${PRELUDE}$given = [Console]::In.ReadToEnd() | ConvertFrom-Json
$wanted = @($given.updateIds)
$found = $session.CreateUpdateSearcher().Search("IsInstalled=0 and Type='Software'").Updates
$chosen = New-Object -ComObject Microsoft.Update.UpdateColl
foreach ($u in $found) {
  if ($wanted -contains $u.Identity.UpdateID) {
    if (-not $u.EulaAccepted) { $u.AcceptEula() }
    [void]$chosen.Add($u)
  }
}
$ids = @($chosen | ForEach-Object { $_.Identity.UpdateID })
$out = [ordered]@{ missing = @($wanted | Where-Object { $_ -notin $ids }); results = @(); busy = $false }
if ($chosen.Count) {
  $installer = $session.CreateUpdateInstaller()
  $installer.Updates = $chosen
  if ($installer.IsBusy) { $out.busy = $true }
  else {
    $downloader = $session.CreateUpdateDownloader()
    $downloader.Updates = $chosen
    $d = $downloader.Download()
    $r = $installer.Install()
    $out.results = @(for ($i = 0; $i -lt $chosen.Count; $i++) {
      $x = $r.GetUpdateResult($i)
      [pscustomobject]@{
        updateId = $chosen.Item($i).Identity.UpdateID
        downloadCode = [int]$d.GetUpdateResult($i).ResultCode
        resultCode = [int]$x.ResultCode
        hresult = '0x{0:X8}' -f $x.HResult
      }
    })
  }
}
ConvertTo-Json -Depth 4 -Compress -InputObject ([pscustomobject]$out)
`;
