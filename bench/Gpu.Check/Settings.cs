using System.Globalization;
using Orchestrator.Contracts.Runs;
using Orchestrator.Specification;

namespace Orchestrator.Gpu.Check;

/// <summary>What to check, and with what.</summary>
/// <param name="Device">The device, such as <c>cuda:0</c>; <c>cpu</c> tries the checks themselves, at a small size and without targets.</param>
/// <param name="Program">Path of orchestrator.dll.</param>
/// <param name="Dotnet">What runs it.</param>
/// <param name="Recipe">Path of the quickstart's recipe.</param>
/// <param name="Peers">Path of the script with the same training step in PyTorch and JAX.</param>
/// <param name="Seeds">Seeds of the large sweep.</param>
internal sealed record Settings(string Device, string Program, string Dotnet, string Recipe, string Peers, int Seeds)
{
    public bool HasGpu => Device != "cpu";

    /// <summary>A run of the recipe's two-layer model.</summary>
    public RunConfiguration Quickstart()
    {
        var sweep = SweepFile.Parse(File.ReadAllText(Recipe), Recipe).Value!.Sweep;
        return Enumerable.Range(0, sweep.GridPoints).Select(sweep.RunAt).Last();
    }

    public static Settings Read(IReadOnlyList<string> arguments)
    {
        var given = arguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair.Length == 2 ? pair[1] : throw new ArgumentException($"{pair[0]} needs a value"));
        var unknown = given.Keys.Except(["--device", "--program", "--dotnet", "--recipe", "--peers", "--seeds"]).FirstOrDefault();
        if (unknown is not null)
        {
            throw new ArgumentException($"'{unknown}' is no option here; check.sh gives them");
        }
        var device = given.GetValueOrDefault("--device", "cuda:0");
        return new Settings(
            device, Needed("--program"), given.GetValueOrDefault("--dotnet", "dotnet"), Needed("--recipe"), Needed("--peers"),
            int.Parse(given.GetValueOrDefault("--seeds", device == "cpu" ? "2" : "256"), NumberStyles.None, CultureInfo.InvariantCulture));

        string Needed(string name) => given.GetValueOrDefault(name) ?? throw new ArgumentException($"{name} is missing; check.sh gives it");
    }
}
