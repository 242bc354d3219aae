using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;

namespace Orchestrator.Cli.Doctor;

/// <summary><c>doctor</c>: what is wrong with this machine, and the fix for each thing.</summary>
internal sealed class DoctorVerb(CliServices services) : Verb(
    services, "doctor", "Checks SDK, native library, disk, port and data folder, and says how to mend what is wrong",
    "doctor # exit code 0 where nothing is wrong",
    "doctor --json # the same as one JSON document")
{
    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var settings = arguments.ReadServer(Services);
        var locator = Locate(arguments);
        var diagnosis = new Diagnosis(
        [
            MachineChecks.Runtime(),
            await MachineChecks.Sdk(Services.Clock, cancellation),
            MachineChecks.NativeLibrary(Services.Native),
            FolderChecks.Writable(settings.DataFolder),
            FolderChecks.Space(settings.DataFolder),
            await FolderChecks.Lock(settings.DataFolder, locator, cancellation),
            await ServerChecks.Server(settings, Services.DefaultServer, locator, cancellation),
        ]);
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(new { ok = diagnosis.Ok, checks = diagnosis.Checks });
            return diagnosis.ExitCode;
        }
        foreach (var finding in diagnosis.Checks)
        {
            Terminal.Line($"{Format.State(finding.Status),-8} {finding.Check,-15} {finding.Detail}");
            if (finding.Fix is { } fix)
            {
                Terminal.Line($"{"",-24} fix: {fix}");
            }
        }
        return diagnosis.ExitCode;
    }
}
