using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.ControlPlane.Bench.Peers;

/// <summary>Other programs that hand out work, on the same machine, broker and database. Who is not installed is left out, with how to install it.</summary>
internal static class PythonPeers
{
    private const int Rounds = 3;
    private const string SystemPython = "/usr/bin/python3"; // where apt installs for, whatever stands first in PATH
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(10);

    /// <summary>Tasks per second by peer, the median of three rounds.</summary>
    public static async Task<IReadOnlyDictionary<string, double>> Run(Services services, int tasks)
    {
        Console.WriteLine($"-- peers: {Rounds} rounds of {tasks:N0} tasks that do nothing, {Environment.ProcessorCount} processes");
        var rates = new Dictionary<string, double>();
        var environment = new Dictionary<string, string>
        {
            ["PEER_BROKER"] = services.BrokerAddress + "//",
            ["PEER_DATABASE"] = $"postgresql://orchestrator@127.0.0.1:{services.DatabasePort}/orchestrator",
        };
        await Run("Celery (late ack, results in PostgreSQL)", "celery_peer.py", tasks, environment, rates);
        await Run("Dask (nothing durable)", "dask_peer.py", tasks, [], rates);
        return rates;
    }

    private static async Task Run(string name, string script, int tasks, Dictionary<string, string> environment, Dictionary<string, double> rates)
    {
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "Peers", script), $"{tasks}", $"{Environment.ProcessorCount}", $"{Rounds}"];
        var start = new ProcessStartInfo(File.Exists(SystemPython) ? SystemPython : "python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start)!;
        using var bounded = new CancellationTokenSource(Bound);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(bounded.Token), process.StandardError.ReadToEndAsync(bounded.Token));
        await process.WaitForExitAsync(bounded.Token);
        if (process.ExitCode != 0)
        {
            Console.WriteLine($"{name}: left out: {(await errors).Trim().Split('\n')[^1]}"); // the last line names what is missing
            return;
        }
        double[] measured = [.. (await output).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(rate => double.Parse(rate, CultureInfo.InvariantCulture))];
        rates[name] = measured.Order().ElementAt(measured.Length / 2);
        Measurements.Show(name, $"{rates[name],8:N0} tasks/s", $"rounds: {string.Join(", ", measured.Select(rate => $"{rate:N0}"))}");
    }
}
