using System.Diagnostics;
using System.Globalization;
using Orchestrator.Platform;

namespace Orchestrator.TestServices;

/// <summary>A private RabbitMQ server.</summary>
public sealed class RabbitMqServer : PrivateServer
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private RabbitMqServer() : base("rabbitmq", FreeTriple())
    {
    }

    /// <summary>A server of one's own, to be disposed.</summary>
    /// <param name="configuration">Lines for its <c>rabbitmq.conf</c>.</param>
    public static async Task<RabbitMqServer> StartNew(string configuration = "")
    {
        var server = new RabbitMqServer { Configuration = configuration };
        await server.StartConfigured();
        return server;
    }

    /// <summary>Lines for <c>rabbitmq.conf</c>.</summary>
    public string Configuration { get; private init; } = "";

    /// <summary>Its address, with the name and password it comes with, by way of another port where a proxy stands before it.</summary>
    public string Address(int? port = null) => $"amqp://guest:guest@127.0.0.1:{port ?? Port}";

    /// <summary>Starts it with its configuration, also again after a stop.</summary>
    public Task StartConfigured() => Run("start", ("RABBITMQ_EXTRA_CONF", Configuration));

    /// <summary>Ends its process without a word; messages of quorum queues are on the disk.</summary>
    public async Task Kill()
    {
        var pid = int.Parse((await File.ReadAllTextAsync(Path.Combine(Folder, "pid"))).Trim(), CultureInfo.InvariantCulture);
        using var process = Process.GetProcessById(pid);
        process.Kill();
        using var bounded = new CancellationTokenSource(Bound);
        await process.WaitForExitAsync(bounded.Token);
        await Stop(); // its port mapper is still there
    }

    /// <summary>Runs <c>rabbitmqctl</c> on it and returns what it prints.</summary>
    public async Task<string> Control(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "eng", "services", "rabbitmq.sh"),
            ["control", Folder, Port.ToString(CultureInfo.InvariantCulture), .. arguments])
        { RedirectStandardError = true, RedirectStandardOutput = true };
        using var bounded = new CancellationTokenSource(Bound);
        using var script = Process.Start(start)!;
        var (output, errors) = (script.StandardOutput.ReadToEndAsync(bounded.Token), script.StandardError.ReadToEndAsync(bounded.Token));
        await script.WaitForExitAsync(bounded.Token);
        return script.ExitCode == 0 ? await output : throw new InvalidOperationException($"rabbitmqctl {string.Join(' ', arguments)} ended with {script.ExitCode}: {await errors}");
    }

    /// <summary>The script wants three ports at fixed distances, and none above 45535; below the range that the system hands out to clients nobody comes in between.</summary>
    private static int FreeTriple()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var port = 10_240 + (int)(Guid.NewGuid().ToByteArray()[0] * 40 + Guid.NewGuid().ToByteArray()[1] % 40);
            if (FreePort.TryReserve(port) && FreePort.TryReserve(port + 8_697) && FreePort.TryReserve(port + 20_000))
            {
                return port;
            }
        }
        throw new InvalidOperationException("no three free ports were found for RabbitMQ in 100 tries");
    }
}
