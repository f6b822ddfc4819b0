using PortraitGen.Domain.Campaigns;

namespace PortraitGen.Domain.Inversion;

/// <summary>What an inversion costs.</summary>
public static class InversionCost
{
    /// <summary>Evaluations of one fixed-point step; each shrinks its error by the step's length times the velocity's Lipschitz constant.</summary>
    public const int FixedPointIterations = 4;

    /// <summary>Evaluations of the velocity for one path of so many steps; 0 for methods that invert nothing.</summary>
    public static int Evaluations(ExemplarMethod method, int steps) => method switch
    {
        ExemplarMethod.Belm or ExemplarMethod.Euler => steps,
        ExemplarMethod.FixedPoint => steps * FixedPointIterations,
        ExemplarMethod.Fireflow => steps + 1,
        _ => 0,
    };
}
