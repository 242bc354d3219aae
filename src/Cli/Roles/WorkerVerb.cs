using System.CommandLine;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Hosting;
using Orchestrator.Contracts.Work;
using Orchestrator.Messaging;
using Orchestrator.Silo;
using Orchestrator.Silo.Telemetry;
using Orchestrator.Storage;
using Orchestrator.Worker;
using Orchestrator.Worker.Packs;
using Orchestrator.Worker.Training;

namespace Orchestrator.Cli.Roles;

/// <summary><c>worker</c>: a process that trains for a cluster.</summary>
internal sealed class WorkerVerb : Verb
{
    private readonly RoleSetting _rabbitMq = RoleSettings.RabbitMq();
    private readonly RoleSetting _artifacts = RoleSettings.Artifacts();
    private readonly RoleSetting _s3Endpoint = RoleSettings.S3Endpoint();
    private readonly RoleSetting _device = new("device", "WHAT", "auto, cpu, cuda (every GPU), or some of them: cuda:0,cuda:1", "auto");
    private readonly RoleSetting _slots = new("slots", "N", "Packs trained at a time: per GPU (default 1), or on the CPU (default one per core)");
    private readonly RoleSetting _labels = new("labels", "A,B", "What sweeps can require of it, as in a100,zone=b");
    private readonly RoleSetting _memory = new("memory-gb", "GB", "Memory of a slot, for sweeps that require some (default: the device's, shared by its slots)");
    private readonly RoleSetting _name = new("name", "NAME", "The worker's name in tables (default: the machine's)");
    private readonly RoleSetting _libtorch = new("libtorch", "DIR", "Folder of another libtorch, such as that of a CUDA build");
    private readonly RoleSetting _checkpointEvery = new("checkpoint-every", "SECONDS", "Least time between two checkpoints of a run", "10");
    private readonly RoleSetting _grace = new("grace", "SECONDS", "Time for checkpoints and farewells when told to stop", "30");

    public WorkerVerb(CliServices services) : base(
        services, "worker", "Runs a worker of a cluster: trains and measures what the silos hand out",
        "worker --rabbitmq amqp://orchestrator:secret@broker/orchestrator --artifacts /shared/artifacts # every GPU, or else a slot per core",
        "worker --device cuda:0,cuda:1 --slots 4 # two GPUs, four packs at a time on each; the rest from the environment",
        "worker --labels a100,zone=b # takes the runs of sweeps with requires: {labels: [a100]} too")
    {
        foreach (var setting in new[] { _rabbitMq, _artifacts, _s3Endpoint, _device, _slots, _labels, _memory, _name, _libtorch, _checkpointEvery, _grace })
        {
            Add(setting);
        }
    }

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var settings = new RoleSettings(arguments, Services);
        var worker = Read(settings);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddTelemetryVariables();
        RoleHost.Prepare(builder, settings.Seconds(_grace, 1, 3600));
        builder.AddOrchestratorTelemetry();
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddArtifacts(settings.Store(_artifacts, _s3Endpoint));
        services.AddWorkerMessaging(settings.Broker(_rabbitMq), new WorkerEndpoint(worker.WorkerId, worker.Slots));
        services.AddSingleton<IPackRunner, TrainRunner>();
        services.AddWorker(worker);
        return await RoleHost.Run(builder.Build(), () => Terminal.Note($"worker {worker.WorkerId}: {worker.Slots} slots on {string.Join(", ", worker.Devices)}"), cancellation);
    }

    private static string[] Labels(string? given)
    {
        string[] labels = [.. (given ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().Order(StringComparer.Ordinal)];
        return labels.Length <= WorkerLabels.Most && labels.FirstOrDefault(label => !WorkerLabels.IsValid(label)) is not { } wrong
            ? labels
            : throw new CliException(ExitCode.Usage, $"--labels {given}: give at most {WorkerLabels.Most} labels between commas, each of {WorkerLabels.Rule}");
    }

    private WorkerOptions Read(RoleSettings settings)
    {
        var (devices, perDevice) = LocalDevices.Find(settings.Require(_device), settings.Find(_libtorch), settings.Number(_slots, 1, 1024));
        return new WorkerOptions
        {
            WorkerId = $"{settings.Find(_name) ?? Environment.MachineName}#{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}",
            Device = devices.Class,
            Devices = devices.Names,
            Slots = perDevice * devices.Names.Count,
            MemoryGb = settings.Decimal(_memory, 0.1, 1e6) ?? devices.MemoryGb(perDevice),
            Labels = Labels(settings.Find(_labels)),
            DrainWithin = settings.Seconds(_grace, 1, 3600) * 2 / 3, // the rest is for its farewell and for closing the bus
            CheckpointEvery = settings.Seconds(_checkpointEvery, 0, 86_400),
        };
    }
}
