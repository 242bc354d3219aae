using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Roles;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Doctor;

/// <summary><c>doctor</c>: what is wrong with this machine, and the fix for each thing.</summary>
internal sealed class DoctorVerb : Verb
{
    private readonly RoleSetting _rabbitMq = RoleSettings.RabbitMq();
    private readonly RoleSetting _postgres = RoleSettings.Postgres();
    private readonly RoleSetting _artifacts = RoleSettings.Artifacts();
    private readonly RoleSetting _s3Endpoint = RoleSettings.S3Endpoint();

    public DoctorVerb(CliServices services) : base(
        services, "doctor", "Checks SDK, native library, devices, disk, port and data folder, and what a cluster stands on if it is named; says how to mend what is wrong",
        "doctor # exit code 0 if nothing is wrong",
        "doctor --rabbitmq amqp://orchestrator:secret@broker/orchestrator --artifacts /shared/artifacts # a cluster's settings, as its roles take them",
        "doctor --json # the same as one JSON document")
    {
        foreach (var setting in new[] { _rabbitMq, _postgres, _artifacts, _s3Endpoint })
        {
            Add(setting);
        }
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var settings = arguments.ReadServer(Services);
        var locator = Locate(arguments);
        var diagnosis = new Diagnosis(
        [
            MachineChecks.Runtime(),
            await MachineChecks.Sdk(Services.Clock, cancellation),
            MachineChecks.NativeLibrary(Services.Native),
            .. MachineChecks.Devices(Services.Native),
            FolderChecks.Writable(settings.DataFolder),
            FolderChecks.Space(settings.DataFolder),
            await FolderChecks.Lock(settings.DataFolder, locator, cancellation),
            await ServerChecks.Server(settings, Services.DefaultServer, locator, cancellation),
            .. await Cluster(new RoleSettings(arguments, Services), cancellation),
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

    /// <summary>What of a cluster the settings name; nothing if they name nothing.</summary>
    private async Task<IReadOnlyList<Finding>> Cluster(RoleSettings settings, CancellationToken cancellation) =>
    [
        .. settings.Find(_rabbitMq) is { } broker ? await ClusterChecks.OfBroker(broker, cancellation) : [],
        .. settings.Find(_postgres) is { } database ? await ClusterChecks.OfDatabase(database, Services.Clock, cancellation) : [],
        .. settings.Find(_artifacts) is { } artifacts ? new[] { await ClusterChecks.OfArtifacts(artifacts, settings.Find(_s3Endpoint), cancellation) } : [],
    ];
}
