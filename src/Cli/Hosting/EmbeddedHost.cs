using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Messaging;
using Orchestrator.Results.Runs;
using Orchestrator.Silo;
using Orchestrator.Worker;
using Orchestrator.Worker.Packs;
using Orchestrator.Worker.Training;

namespace Orchestrator.Cli.Hosting;

/// <summary>The control plane, and on request a worker, in this process.</summary>
internal sealed class EmbeddedHost : IEmbeddedHost
{
    /// <summary>One process: news is cheap, and progress should move.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(250);

    /// <summary>A laptop process is killed more often than a server: little is trained twice, and a checkpoint of a small model takes a millisecond.</summary>
    private static readonly TimeSpan CheckpointEvery = TimeSpan.FromSeconds(1);

    public async Task<IEmbeddedHandle> Start(EmbeddedOptions options, CancellationToken cancellation)
    {
        var address = Address(options);
        var generation = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        var builder = HostConfiguration.CreateWebBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning)
            .AddConsole(console => (console.LogToStandardErrorThreshold, console.FormatterName) = (LogLevel.Trace, LineFormatter.FormatterName))
            .AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        builder.Logging.AddFilter("Orleans", LogLevel.Critical).AddFilter("Polly", LogLevel.Error).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // what fails reaches its caller
        if (options.Tokens is not null)
        {
            builder.Logging.AddFilter("Orchestrator.Audit", LogLevel.Information);
        }
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        var worker = options.WithWorker ? Worker(options.Worker, generation) : null;
        EmbeddedSilo.Add(
            builder, new EmbeddedSiloOptions { DataFolder = options.DataFolder, Http = address, Generation = generation, ReadOnly = options.ReadOnly },
            worker is null ? null : new WorkerEndpoint(worker.WorkerId, worker.Slots));
        if (worker is not null)
        {
            builder.Services.AddSingleton<IPackRunner, TrainRunner>();
            builder.Services.AddWorker(worker);
        }
        builder.Services.AddSingleton<IHeadPictures, KernelPictures>();
        builder.Services.AddIsolatedQueries();
        var app = builder.Build();
        ControlPlane.Map(app);
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (Exception wrong)
        {
            await app.DisposeAsync();
            throw ListenFailure.Of(wrong, address) ?? wrong;
        }
        return new Handle(app, address.Listen);
    }

    private static WorkerOptions Worker(LocalWorker wanted, string generation)
    {
        var (devices, perDevice) = LocalDevices.Find(wanted.Device, wanted.Libtorch, wanted.Slots);
        return new WorkerOptions
        {
            WorkerId = $"local#{generation}",
            Device = devices.Class,
            Devices = devices.Names,
            Slots = perDevice * devices.Names.Count,
            MemoryGb = devices.MemoryGb(perDevice),
            Heartbeat = Heartbeat,
            CheckpointEvery = CheckpointEvery,
        };
    }

    private static HttpAccess Address(EmbeddedOptions options)
    {
        try
        {
            return HttpAccess.Parse(options.Listen ?? $"http://127.0.0.1:{options.Port}", options.Token, options.Tokens);
        }
        catch (ArgumentException refused)
        {
            throw new CliException(ExitCode.Usage, refused.Message, refused);
        }
    }

    private sealed class Handle(WebApplication app, Uri address) : IEmbeddedHandle
    {
        public Uri Address { get; } = address;

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }
    }
}
