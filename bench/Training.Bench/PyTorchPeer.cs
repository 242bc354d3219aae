using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Training.Bench;

/// <summary>The same step written in PyTorch, in a process of its own, timed in turn with ours.</summary>
internal sealed class PyTorchPeer(string python)
{
    private static readonly string[] Interpreters = ["python3", "/usr/bin/python3"];

    private static string Script => Path.Combine(AppContext.BaseDirectory, "pytorch_step.py");

    /// <summary>The first interpreter that has PyTorch, or null.</summary>
    public static PyTorchPeer? Find() => Interpreters.Where(HasTorch).Select(found => new PyTorchPeer(found)).FirstOrDefault();

    /// <summary>PyTorch's version and the BLAS library that it really loaded: with the reference BLAS a comparison means nothing.</summary>
    public string Version() => Run("-c",
        "import os, torch; print(torch.__version__, *sorted({os.path.basename(os.path.realpath(line.split()[-1])) for line in open('/proc/self/maps') if 'blas' in line or 'mkl' in line}))").Trim();

    public Timing Time(ModelSize size, TimeSpan budget)
    {
        var line = Run(Script, $"{size.DModel}", $"{size.Heads}", $"{size.Context}", $"{size.Vocab}", $"{size.Batch}", budget.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        var result = JsonDocument.Parse(line).RootElement;
        return new Timing(result.GetProperty("median").GetDouble(), result.GetProperty("least").GetDouble(), result.GetProperty("steps").GetInt32());
    }

    private static bool HasTorch(string python)
    {
        try
        {
            return new PyTorchPeer(python).Run("-c", "import torch; print('yes')").Contains("yes", StringComparison.Ordinal);
        }
        catch (Exception missing) when (missing is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private string Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = "1";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{python} {string.Join(' ', arguments)} failed: {error.GetAwaiter().GetResult()}");
    }
}
